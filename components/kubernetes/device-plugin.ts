import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { DaemonSet } from "@pulumi/kubernetes/apps/v1/daemonSet.js";
import type { KubernetesCluster } from "./kubernetes-cluster.ts";
import { mustBePinned } from "./pod-template.ts";

/** Arguments of a {@link DevicePlugin}. */
export interface DevicePluginArgs {
  /** The cluster that it is installed on. */
  readonly cluster: KubernetesCluster;
  /**
   * Image of NVIDIA's device plugin, with a digest, or a tag other than `latest`.
   * @default version 0.19.3 by the digest that NVIDIA's GPU operator pins
   */
  readonly image?: string;
  /** Labels of the nodes that have GPUs. @default all of Linux: it does nothing where there is no driver */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** RuntimeClass that gives a container the driver, such as `nvidia`. @default the nodes' own */
  readonly runtimeClass?: string;
}

/**
 * NVIDIA's own build of version 0.19.3.
 *
 * @see https://github.com/NVIDIA/gpu-operator/pull/2567, which pins this digest
 */
export const devicePluginImage =
  "nvcr.io/nvidia/k8s-device-plugin:v0.19.3@sha256:25cc340fe6fd53c101e16fc452f503e7a92c219c64a80ed5381784b522dbbf77";

const socketFolder = "/var/lib/kubelet/device-plugins";

/** NVIDIA's device plugin on every node, by which `nvidia.com/gpu` is a resource of the cluster. One cluster has one. */
export class DevicePlugin extends ComponentResource {
  static readonly type = "underlay:kubernetes:DevicePlugin";

  constructor(name: string, args: DevicePluginArgs, opts?: pulumi.ComponentResourceOptions) {
    super(DevicePlugin.type, name, {}, opts);
    const { cluster, image = devicePluginImage, nodeSelector = {}, runtimeClass } = args;
    mustBePinned(image);
    const labels = { "app.kubernetes.io/name": "nvidia-device-plugin", "app.kubernetes.io/instance": name };
    const volumes = [{ name: "kubelet", hostPath: { path: socketFolder, type: "Directory" } }];
    const container = {
      name: "device-plugin",
      image,
      // A node without GPUs is no fault.
      env: [{ name: "FAIL_ON_INIT_ERROR", value: "false" }],
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      volumeMounts: [{ name: "kubelet", mountPath: socketFolder }],
    };
    const spec = {
      automountServiceAccountToken: false,
      priorityClassName: "system-node-critical",
      nodeSelector: { "kubernetes.io/os": "linux", ...nodeSelector },
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
      ...(runtimeClass === undefined ? {} : { runtimeClassName: runtimeClass }),
      containers: [container],
      volumes,
    };
    new DaemonSet(
      `${name}-daemons`,
      {
        metadata: { namespace: "kube-system", labels },
        spec: {
          selector: { matchLabels: labels },
          updateStrategy: { type: "RollingUpdate" },
          template: { metadata: { labels }, spec },
        },
      },
      { parent: this, provider: cluster.provider },
    );
    this.registerOutputs({});
  }
}
