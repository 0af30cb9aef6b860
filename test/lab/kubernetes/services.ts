// The processes of the lab, as they are started inside of it.
import type { Service } from "../first-program.ts";
import { labName, link, ranges, simulatedGpus, within } from "./place.ts";

const pki = (name: string): string => within("pki", name);
const etc = (name: string): string => within("etc", name);
const options = (given: Readonly<Record<string, string>>): string[] =>
  Object.entries(given).map(([name, value]) => `--${name}=${value}`);

/** Keeps the cluster's state; what it holds goes with the lab, so that it need not survive a loss of power. */
export const etcd: Service = {
  name: "etcd",
  argv: [
    "etcd",
    "--unsafe-no-fsync",
    ...options({
      name: "lab",
      "data-dir": within("etcd"),
      "listen-client-urls": "http://127.0.0.1:2379",
      "advertise-client-urls": "http://127.0.0.1:2379",
      "listen-peer-urls": "http://127.0.0.1:2380",
      "initial-advertise-peer-urls": "http://127.0.0.1:2380",
      "initial-cluster": "lab=http://127.0.0.1:2380",
    }),
  ],
};

/** The API. */
export const apiServer: Service = {
  name: "kube-apiserver",
  argv: [
    "kube-apiserver",
    ...options({
      "etcd-servers": "http://127.0.0.1:2379",
      "bind-address": link.inside.address,
      "advertise-address": link.inside.address,
      "secure-port": "6443",
      "tls-cert-file": pki("apiserver.crt"),
      "tls-private-key-file": pki("apiserver.key"),
      "client-ca-file": pki("ca.crt"),
      "authorization-mode": "Node,RBAC",
      "enable-admission-plugins": "NodeRestriction",
      "allow-privileged": "true",
      "service-account-issuer": "https://kubernetes.default.svc",
      "service-account-key-file": pki("sa.pub"),
      "service-account-signing-key-file": pki("sa.key"),
      "service-cluster-ip-range": ranges.services,
      "endpoint-reconciler-type": "master-count",
      "requestheader-client-ca-file": pki("ca.crt"),
      "requestheader-allowed-names": "front-proxy",
      "requestheader-username-headers": "X-Remote-User",
      "requestheader-group-headers": "X-Remote-Group",
      "requestheader-extra-headers-prefix": "X-Remote-Extra-",
      "proxy-client-cert-file": pki("front-proxy.crt"),
      "proxy-client-key-file": pki("front-proxy.key"),
      "kubelet-client-certificate": pki("admin.crt"),
      "kubelet-client-key": pki("admin.key"),
      "kubelet-certificate-authority": pki("ca.crt"),
      "kubelet-preferred-address-types": "InternalIP",
      profiling: "false",
    }),
  ],
};

/** What acts on the API's objects, once it answers. */
export const controllers: readonly Service[] = [
  {
    name: "kube-controller-manager",
    argv: [
      "kube-controller-manager",
      ...options({
        kubeconfig: pki("controller-manager.kubeconfig"),
        "bind-address": "127.0.0.1",
        "use-service-account-credentials": "true",
        "service-account-private-key-file": pki("sa.key"),
        "root-ca-file": pki("ca.crt"),
        "cluster-signing-cert-file": pki("ca.crt"),
        "cluster-signing-key-file": pki("ca.key"),
        "leader-elect": "false",
      }),
    ],
  },
  {
    name: "kube-scheduler",
    argv: [
      "kube-scheduler",
      ...options({
        kubeconfig: pki("scheduler.kubeconfig"),
        "bind-address": "127.0.0.1",
        "leader-elect": "false",
      }),
    ],
  },
  { name: "coredns", argv: ["coredns", "-conf", etc("Corefile")] },
  {
    name: "kube-proxy",
    argv: [
      "kube-proxy",
      ...options({
        kubeconfig: pki("kube-proxy.kubeconfig"),
        "proxy-mode": "nftables",
        "cluster-cidr": ranges.pods,
        "hostname-override": labName,
        // These belong to the kernel of the machine: they are left as they are.
        "conntrack-max-per-core": "0",
        "conntrack-tcp-timeout-established": "0",
        "conntrack-tcp-timeout-close-wait": "0",
        "metrics-bind-address": "127.0.0.1:10249",
      }),
    ],
  },
];

/** What runs containers. */
export const containerd: Service = { name: "containerd", argv: ["containerd", "--config", etc("containerd.toml")] };

/** The node's own agent. */
export const kubelet: Service = {
  name: "kubelet",
  argv: [
    "kubelet",
    ...options({
      config: etc("kubelet.yaml"),
      kubeconfig: pki("kubelet.kubeconfig"),
      "hostname-override": labName,
      "node-ip": link.inside.address,
      "root-dir": "/var/lib/kubelet",
      "volume-plugin-dir": "/var/lib/kubelet/volume-plugins",
    }),
  ],
};

/** What tells the node of GPUs that do not exist. */
export const gpus: Service = { name: "gpus", argv: ["gpus", String(simulatedGpus)] };
