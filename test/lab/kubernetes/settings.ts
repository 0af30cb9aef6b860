// Configuration of the programs that take a file.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labName, link, ranges, within } from "./place.ts";

/** The image that holds a pod's namespaces. */
export const pauseImage = "underlay.lab/pause:1";

/**
 * Configuration of containerd.
 *
 * @param root Where it keeps images.
 * @param state Where it keeps sockets.
 */
export function containerdConfig(root: string, state: string): string {
  return `version = 2
root = "${root}"
state = "${state}"
oom_score = 0
[grpc]
  address = "${state}/containerd.sock"
[ttrpc]
  address = "${state}/containerd.sock.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Root within a container may not lower anybody's score.
  restrict_oom_score_adj = true
  disable_apparmor = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "runc"
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${within("etc", "registries")}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${within("etc", "cni")}"
`;
}

const pki = (name: string): string => within("pki", name);

const kubelet = {
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  address: link.inside.address,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: pki("ca.crt") },
  },
  authorization: { mode: "Webhook" },
  tlsCertFile: pki("kubelet-server.crt"),
  tlsPrivateKeyFile: pki("kubelet-server.key"),
  cgroupDriver: "cgroupfs",
  cgroupRoot: `/${labName}`,
  failCgroupV1: false,
  failSwapOn: false,
  oomScoreAdj: 0,
  // Its images cannot be fetched again, and the disk is everybody's.
  imageGCHighThresholdPercent: 100,
  evictionHard: { "memory.available": "200Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
  containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
  clusterDomain: "cluster.local",
  clusterDNS: [link.inside.address],
  resolvConf: within("etc", "resolv.conf"),
  serializeImagePulls: false,
  readOnlyPort: 0,
};

const network = {
  cniVersion: "0.4.0",
  name: "lab",
  plugins: [
    {
      type: "bridge",
      bridge: "pods0",
      isGateway: true,
      ipMasq: false,
      hairpinMode: true,
      ipam: { type: "host-local", ranges: [[{ subnet: ranges.pods }]], routes: [{ dst: "0.0.0.0/0" }] },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};

const names = `cluster.local:53 {
  errors
  kubernetes cluster.local {
    kubeconfig ${pki("admin.kubeconfig")}
    pods insecure
  }
}
`;

/**
 * Writes every program's configuration.
 *
 * @param state The lab's state folder.
 */
export function writeSettings(state: string): void {
  const etc = join(state, "etc");
  mkdirSync(join(etc, "cni"), { recursive: true });
  writeFileSync(join(etc, "containerd.toml"), containerdConfig(within("containerd"), "/run/containerd"));
  // JSON is YAML, too.
  writeFileSync(join(etc, "kubelet.yaml"), JSON.stringify(kubelet));
  writeFileSync(join(etc, "cni", "10-lab.conflist"), JSON.stringify(network));
  writeFileSync(join(etc, "resolv.conf"), `nameserver ${link.inside.address}\n`);
  writeFileSync(join(etc, "Corefile"), names);
}
