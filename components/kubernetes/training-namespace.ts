import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { ResourceQuota } from "@pulumi/kubernetes/core/v1/resourceQuota.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { Run } from "../../provider/resources.ts";
import type { KubernetesCluster } from "./kubernetes-cluster.ts";
import { deletedAtOnce, identityMetadata } from "./pod-template.ts";

/** The most that all pods of a namespace may have together. */
export interface NamespaceQuota {
  /** CPUs: at least 1. */
  readonly cpus: number;
  /** Memory, in MiB: at least 64. */
  readonly memoryMiB: number;
  /** NVIDIA GPUs: 0 for none. @default 0 */
  readonly gpus?: number;
  /** Pods: at least 1. @default 16 */
  readonly pods?: number;
}

/** Arguments of a {@link TrainingNamespace}. */
export interface TrainingNamespaceArgs {
  /** The run that it belongs to. */
  readonly run: Run;
  /** The cluster that it is on. */
  readonly cluster: KubernetesCluster;
  /** The most that all of its pods may have together. */
  readonly quota: NamespaceQuota;
  /**
   * Whether its pods may use their node's network. Kubernetes' pod security standards forbid it, so that the namespace
   * is then none of theirs; the pods are the same otherwise.
   * @default false
   */
  readonly hostNetwork?: boolean;
}

const rule = "pod-security.kubernetes.io";

/**
 * A namespace for one run: a quota, and a network that admits its own pods and names, and nothing else. Policies are kept
 * by the cluster's network plugin: there are some, flannel among them, that know of none.
 */
export class TrainingNamespace extends ComponentResource {
  static readonly type = "underlay:kubernetes:TrainingNamespace";
  /** Its name in the cluster. */
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: TrainingNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super(TrainingNamespace.type, name, {}, opts);
    const { run, cluster, quota, hostNetwork = false } = args;
    const own = { parent: this, provider: cluster.provider };
    const { labels, annotations } = identityMetadata(run, name);
    const level = hostNetwork ? "privileged" : "restricted";
    const namespace = new Namespace(
      `${name}-namespace`,
      { metadata: { annotations, labels: { ...labels, [`${rule}/enforce`]: level, [`${rule}/warn`]: level } } },
      own,
    );
    this.namespace = namespace.metadata.name;
    const metadata = { namespace: this.namespace, ...identityMetadata(run, name, deletedAtOnce) };
    const [cpus, memory] = [String(quota.cpus), `${String(quota.memoryMiB)}Mi`];
    const hard = {
      ...{ "requests.cpu": cpus, "limits.cpu": cpus, "requests.memory": memory, "limits.memory": memory },
      pods: String(quota.pods ?? 16),
      "requests.nvidia.com/gpu": String(quota.gpus ?? 0),
    };
    new ResourceQuota(`${name}-quota`, { metadata, spec: { hard } }, own);
    new NetworkPolicy(
      `${name}-nothing`,
      { metadata, spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } },
      own,
    );
    const names = [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ];
    const system = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } };
    const each = { podSelector: {} };
    new NetworkPolicy(
      `${name}-each-other`,
      {
        metadata,
        spec: {
          podSelector: {},
          policyTypes: ["Ingress", "Egress"],
          ingress: [{ from: [each] }],
          egress: [{ to: [each] }, { to: [system], ports: names }],
        },
      },
      own,
    );
    this.registerOutputs({ namespace: this.namespace });
  }
}
