// The node's first program, inside of its places: starts every service, waits until all of them work, and stays.
import { spawn } from "node:child_process";
import { existsSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { messageOf } from "../../../measure/error.ts";
import { writeStatus } from "../openstack/status.ts";
import { inside, labName, simulatedGpus, within } from "./place.ts";
import { apiServer, containerd, controllers, etcd, gpus, kubelet, type Service } from "./services.ts";

const environment = { PATH: process.env["PATH"] ?? "", LANG: "C.UTF-8", HOME: inside };
/** Longest time until one thing is there, in seconds. */
const patience = 240;
/** What became of the first service that ended. */
const fate: { ended: string | null } = { ended: null };

const logOf = (name: string): string => within("log", `${name}.log`);
const say = (text: string): void => writeStatus(inside, { phase: "starting", text });

function start({ name, argv }: Service): void {
  const [file = "", ...args] = argv;
  const log = openSync(logOf(name), "a");
  const child = spawn(file, args, { env: { ...environment, UNDERLAY_LAB: name }, stdio: ["ignore", log, log] });
  const tell = (how: string): void => {
    fate.ended ??= `${name} ${how}`;
  };
  child.on("error", ({ message }) => tell(message));
  child.on("exit", (code, signal) => tell(`ended with ${String(code ?? signal)}`));
}

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + patience * 1000;
  while (!(await Promise.resolve(holds()).catch(() => false))) {
    if (fate.ended !== null) {
      throw new Error(`${fate.ended} while the lab waited for ${what}`);
    }
    if (Date.now() > end) {
      throw new Error(`gave up waiting for ${what} after ${String(patience)} s`);
    }
    await sleep(200);
  }
}

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
  say("starting etcd, containerd and the API");
  [etcd, containerd, apiServer].forEach(start);
  await until("containerd", () => existsSync("/run/containerd/containerd.sock"));
  await until("the API", async () => (await kubectl("get", "--raw", "/readyz")) === "ok");
  say("starting the controllers and the node");
  [...controllers, kubelet].forEach(start);
  await until("the kubelet's plugins", () => existsSync("/var/lib/kubelet/device-plugins/kubelet.sock"));
  start(gpus);
  await until("the node", nodeIsReady);
  say("the node is ready");
  await until("the first service account", async () => (await kubectl("get", "serviceaccount", "default")) !== "");
  await until("the node's devices", hasGpus);
  await until("kube-proxy", () => readFileSync(logOf("kube-proxy"), "utf8").includes("Caches are synced"));
  writeStatus(inside, { phase: "ready", text: "the API answers, and the node takes pods" });
}

try {
  await boot();
  while (fate.ended === null) {
    await sleep(500);
  }
  throw new Error(`${fate.ended} after the lab had started`);
} catch (thrown) {
  writeStatus(inside, { phase: "failed", text: messageOf(thrown) });
  process.exit(1);
}
