// Starts and ends the lab, and tells how it is.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { UnderlayError } from "../../../measure/error.ts";
import { execute } from "../../../provider/execute.ts";
import { readMachine, required, stateDirectory } from "../../../provider/machine.ts";
import { openLog } from "../../../tools/log.mjs";
import { readStatus, type Status } from "../openstack/status.ts";
import { makeGroups, removeGroups, standingGroups } from "./control-groups.ts";
import { install, type Installed } from "./install.mjs";
import { makeKeys } from "./pki.ts";
import { labKubeconfig, labName, labState, link } from "./place.ts";
import { writeSettings } from "./settings.ts";

type Say = (text: string) => void;

const limitSec = 600;
const endSec = 20;
const here = import.meta.dirname;

const ip = (...args: string[]): Promise<string> => execute(["ip", ...args], { timeoutSec: 20 });
const namespaceStands = (): boolean => existsSync(join("/run/netns", labName));
const isAlive = (pid: number): boolean => existsSync(`/proc/${String(pid)}`);

/** Processes of the node itself, as the machine numbers them; those of pods end with them. */
async function processes(): Promise<number[]> {
  return namespaceStands() ? (await ip("netns", "pids", labName)).split("\n").filter(Boolean).map(Number) : [];
}

async function makeNamespace(): Promise<void> {
  const { outside, inside: own, prefix } = link;
  await ip("netns", "add", labName);
  await ip("-n", labName, "link", "set", "lo", "up");
  await ip("link", "add", outside.device, "type", "veth", "peer", "name", own.device, "netns", labName);
  await ip("address", "add", `${outside.address}/${String(prefix)}`, "dev", outside.device);
  await ip("link", "set", outside.device, "up");
  await ip("-n", labName, "address", "add", `${own.address}/${String(prefix)}`, "dev", own.device);
  await ip("-n", labName, "link", "set", own.device, "up");
  // Services are found by a route, which has to lead somewhere.
  await ip("-n", labName, "route", "add", "default", "dev", own.device);
}

async function endProcesses(): Promise<void> {
  for (const pid of await processes()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself: what was wanted.
    }
  }
  const end = Date.now() + endSec * 1000;
  while ((await processes()).some(isAlive) && Date.now() < end) {
    await sleep(100);
  }
}

/** Removes the node's groups, as soon as the last process of a pod has left them. */
async function endGroups(): Promise<void> {
  for (const end = Date.now() + endSec * 1000; ; await sleep(200)) {
    try {
      removeGroups();
      return;
    } catch (cause) {
      if (Date.now() > end) {
        const groups = standingGroups().join(", ");
        throw new UnderlayError("lab-leftovers", `The lab's control groups stay: ${groups}.`, null, { cause });
      }
    }
  }
}

/** Ends every process of the lab and removes its places and its state: afterwards nothing of it is there. */
export async function down(): Promise<void> {
  await endProcesses();
  if (namespaceStands()) {
    // The link goes with the namespace that it leads into.
    await ip("netns", "delete", labName);
  }
  await endGroups();
  rmSync(labState(), { recursive: true, force: true, maxRetries: 5 });
}

/** Gives the node what containerd keeps: files that nobody writes to are the cache's own, its databases are copies. */
async function giveImages(images: string): Promise<void> {
  const own = join(labState(), "containerd");
  try {
    await execute(["cp", "--archive", "--link", images, own], { timeoutSec: 300 });
  } catch {
    // The cache is on another file system.
    rmSync(own, { recursive: true, force: true });
    await execute(["cp", "--archive", images, own], { timeoutSec: 600 });
    return;
  }
  for (const name of readdirSync(own, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".db"))) {
    rmSync(join(own, name));
    cpSync(join(images, name), join(own, name));
  }
}

async function prepare({ programs, images, manifests }: Installed): Promise<void> {
  const state = labState();
  mkdirSync(join(state, "bin"));
  for (const [name, file] of Object.entries(programs)) {
    symlinkSync(file, join(state, "bin", name));
  }
  writeSettings(state);
  await Promise.all([makeKeys(state), giveImages(images)]);
  cpSync(manifests, join(state, "operator"), { recursive: true });
}

/** Why the lab will not be ready any more; null while it may. */
async function failure(status: Status | null, end: number): Promise<string | null> {
  if (status?.phase === "failed") {
    return status.text;
  }
  if ((await processes()).length === 0) {
    return "its first program ended";
  }
  return Date.now() > end ? "it took too long" : null;
}

async function untilReady(say: Say): Promise<void> {
  const end = Date.now() + limitSec * 1000;
  let said = "";
  for (;;) {
    const status = readStatus(labState());
    if (status !== null && status.text !== said) {
      said = status.text;
      say(said);
    }
    if (status?.phase === "ready") {
      return;
    }
    const why = await failure(status, end);
    if (why !== null) {
      throw new UnderlayError("lab-failed", `The lab did not start: ${why}.`);
    }
    await sleep(200);
  }
}

/** Keeps the logs of a lab that could not start. */
function keepLogs(): string {
  const kept = join(stateDirectory(), "lab", "kubernetes-failed");
  rmSync(kept, { recursive: true, force: true });
  cpSync(join(labState(), "log"), kept, { recursive: true });
  return kept;
}

/**
 * Starts the lab, unless it works already.
 *
 * @param say Takes a line about what is done.
 * @throws UnderlayError `lab-failed` when it does not come up; its logs are kept.
 */
export async function up(say: Say): Promise<void> {
  if ((await processes()).length > 0 && readStatus(labState())?.phase === "ready") {
    say("it runs already");
    return;
  }
  await down();
  mkdirSync(join(labState(), "log"), { recursive: true, mode: 0o700 });
  const machine = readMachine();
  const log = openLog(join(labState(), "log", "install.log"));
  const installed = await install(required(machine, "root", machine.root), { ...log, say });
  say("everything is in the cache");
  await prepare(installed);
  makeGroups();
  await makeNamespace();
  const output = openSync(join(labState(), "log", "boot.log"), "a");
  const boot = [process.execPath, "--import", fileURLToPath(import.meta.resolve("tsx")), join(here, "boot.ts")];
  const args = [labName, labState(), installed.debian, ...boot];
  spawn(join(here, "enter"), args, { detached: true, stdio: ["ignore", output, output] }).unref();
  try {
    await untilReady(say);
  } catch (thrown) {
    say(`logs are in ${keepLogs()}`);
    await down();
    throw thrown;
  }
}

function memoryMiB(pid: number): number {
  try {
    const [, kib = "0"] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/smaps_rollup`, "utf8")) ?? [];
    return Number(kib) / 1024;
  } catch {
    return 0; // It has ended since.
  }
}

function serviceOf(pid: number): string {
  try {
    const [, name] = /(?:^|\0)UNDERLAY_LAB=([^\0]*)/.exec(readFileSync(`/proc/${String(pid)}/environ`, "utf8")) ?? [];
    return name ?? "lab itself";
  } catch {
    return "lab itself";
  }
}

/** Lines that tell how the lab is: what its API says, and the memory of each service in MiB (PSS), pods apart. */
export async function status(): Promise<string[]> {
  const pids = await processes();
  if (pids.length === 0) {
    return ["kubernetes: down"];
  }
  const ask = (...words: string[]): Promise<string> =>
    execute(["kubectl", "--kubeconfig", labKubeconfig(), ...words], { timeoutSec: 20 }).catch(() => "does not answer");
  const memory = new Map<string, number>();
  for (const pid of pids) {
    memory.set(serviceOf(pid), (memory.get(serviceOf(pid)) ?? 0) + memoryMiB(pid));
  }
  const phase = readStatus(labState())?.phase ?? "without status";
  const each = [...memory].sort().map(([name, mib]) => `${name.padEnd(24)} ${mib.toFixed(0).padStart(5)} MiB`);
  const total = [...memory.values()].reduce((sum, mib) => sum + mib, 0);
  return [
    `kubernetes: ${phase}; KUBECONFIG=${labKubeconfig()}`,
    `API: ${await ask("get", "--raw", "/readyz")}`,
    ...(await ask("get", "nodes,pods", "--all-namespaces")).split("\n"),
    ...each,
    `total ${total.toFixed(0)} MiB`,
  ];
}
