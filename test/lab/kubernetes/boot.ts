// The node's first program: starts every service, and waits until the node takes pods.
import { existsSync, readFileSync } from "node:fs";
import { execa } from "execa";
import { Services } from "../first-program.ts";
import { inside, labName, simulatedGpus, within } from "./place.ts";
import { apiServer, containerd, controllers, etcd, gpus, kubelet } from "./services.ts";

const environment = { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8", HOME: inside };
const services = new Services(inside, environment);

async function kubectl(...words: string[]): Promise<string> {
  const args = ["--kubeconfig", within("pki", "admin.kubeconfig"), ...words];
  const { stdout } = await execa("kubectl", args, { env: environment, extendEnv: false, timeout: 20_000 });
  return stdout;
}

async function nodeIsReady(): Promise<boolean> {
  const ready = '{.status.conditions[?(@.type=="Ready")].status}';
  return (await kubectl("get", "node", labName, "--output", `jsonpath=${ready}`)) === "True";
}

async function hasGpus(): Promise<boolean> {
  const path = "jsonpath={.status.allocatable.nvidia\\.com/gpu}";
  return (await kubectl("get", "node", labName, "--output", path)) === String(simulatedGpus);
}

async function boot(): Promise<void> {
  services.say("starting etcd, containerd and the API");
  [etcd, containerd, apiServer].forEach((each) => services.start(each));
  await services.until("containerd", () => existsSync("/run/containerd/containerd.sock"));
  await services.until("the API", async () => (await kubectl("get", "--raw", "/readyz")) === "ok");
  services.say("starting the controllers and the node");
  [...controllers, kubelet].forEach((each) => services.start(each));
  await services.until("the kubelet's plugins", () => existsSync("/var/lib/kubelet/device-plugins/kubelet.sock"));
  services.start(gpus);
  await services.until("the node", nodeIsReady);
  services.say("the node is ready");
  await services.until(
    "the first service account",
    async () => (await kubectl("get", "serviceaccount", "default")) !== "",
  );
  await services.until("the node's devices", hasGpus);
  const proxyLog = services.logOf("kube-proxy");
  await services.until("kube-proxy", () => readFileSync(proxyLog, "utf8").includes("Caches are synced"));
}

await services.run(boot, "the API answers, and the node takes pods");
