// Starts and ends the lab, and tells how it is.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { UnderlayError } from "../../../measure/error.ts";
import { execute } from "../../../provider/execute.ts";
import { readMachine, stateDirectory } from "../../../provider/machine.ts";
import { openLog } from "../../../tools/log.mjs";
import { install } from "./install.mjs";
import { guests, link, namespace, ports, url } from "./place.ts";
import { newPassword, writeSettings } from "./settings.ts";
import { readStatus, type Status } from "./status.ts";

const limitSec = 600;
const here = import.meta.dirname;

/** Folder of the lab's state, of which there is one on a machine. */
export function labState(): string {
  return join(stateDirectory(), "lab", "openstack");
}

const ip = (...args: string[]): Promise<string> => execute(["ip", ...args], { timeoutSec: 20 });

function namespaceStands(): boolean {
  return existsSync(join("/run/netns", namespace));
}

/** Processes of the lab, as the machine numbers them. */
async function processes(): Promise<number[]> {
  return namespaceStands() ? (await ip("netns", "pids", namespace)).split("\n").filter(Boolean).map(Number) : [];
}

function isInside(pid: number): boolean {
  return existsSync(`/proc/${String(pid)}`);
}

async function makeNamespace(): Promise<void> {
  const prefix = String(link.prefix);
  await ip("netns", "add", namespace);
  await ip("-n", namespace, "link", "set", "lo", "up");
  await ip("link", "add", link.outside.device, "type", "veth", "peer", "name", link.inside.device, "netns", namespace);
  await ip("address", "add", `${link.outside.address}/${prefix}`, "dev", link.outside.device);
  await ip("link", "set", link.outside.device, "up");
  await ip("-n", namespace, "address", "add", `${link.inside.address}/${prefix}`, "dev", link.inside.device);
  await ip("-n", namespace, "link", "set", link.inside.device, "up");
  await ip("-n", namespace, "link", "add", guests.bridge, "type", "bridge");
  await ip("-n", namespace, "link", "set", guests.bridge, "up");
  await ip("route", "add", guests.range, "via", link.inside.address);
  const forward = ["netns", "exec", namespace, "sysctl", "--quiet", "--write"];
  await ip(...forward, "net.ipv4.ip_forward=1");
}

/** Tells the lab's compute what to boot servers from; nothing where this machine has no User-Mode Linux. */
function offerGuests(): void {
  const { guestKernel, root } = readMachine();
  if (guestKernel?.kind === "user-mode-linux" && root !== null) {
    const init = fileURLToPath(new URL("../../../provider/guest/init", import.meta.url));
    const offered = { command: guestKernel.command, blockImage: root.blockImage, init };
    writeFileSync(join(labState(), "guest.json"), JSON.stringify(offered));
  }
}

/** Ends every process of the lab and removes its namespace and its state: afterwards nothing of it is there. */
export async function down(): Promise<void> {
  for (const pid of await processes()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself: what was wanted.
    }
  }
  const end = Date.now() + 10_000;
  while ((await processes()).some(isInside) && Date.now() < end) {
    await sleep(100);
  }
  if (namespaceStands()) {
    // The link goes with the namespace that it leads into.
    await ip("netns", "delete", namespace);
  }
  rmSync(labState(), { recursive: true, force: true, maxRetries: 5 });
}

/** What a program needs to log in at the lab, as variables of an openrc file. */
export function credentials(): Record<string, string> {
  return {
    OS_AUTH_URL: url("keystone"),
    OS_REGION_NAME: "lab",
    OS_USERNAME: "admin",
    OS_PASSWORD: readFileSync(join(labState(), "password"), "utf8").trim(),
    OS_PROJECT_NAME: "admin",
    OS_USER_DOMAIN_NAME: "Default",
    OS_PROJECT_DOMAIN_NAME: "Default",
    OS_IDENTITY_API_VERSION: "3",
  };
}

function lastLines(file: string, count: number): string {
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").slice(-count).join("\n  ") : "";
}

/** Why the lab will not be ready any more; null while it may be. */
async function whyNotToWait(status: Status | null, end: number): Promise<string | null> {
  if (status?.phase === "failed") {
    return status.text;
  }
  if ((await processes()).length === 0) {
    return "its first program ended";
  }
  return Date.now() > end ? "it took too long" : null;
}

async function untilReady(say: (text: string) => void): Promise<void> {
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
    const why = await whyNotToWait(status, end);
    if (why !== null) {
      const log = join(labState(), "log", "boot.out");
      throw new UnderlayError("lab-failed", `The lab did not start: ${why}.`, lastLines(log, 5));
    }
    await sleep(200);
  }
}

/** Where the lab's logs are kept when it could not start. */
function keepLogs(): string {
  const kept = join(stateDirectory(), "lab", "openstack-failed");
  rmSync(kept, { recursive: true, force: true });
  if (existsSync(join(labState(), "log"))) {
    cpSync(join(labState(), "log"), kept, { recursive: true });
  }
  return kept;
}

/**
 * Starts the lab, unless it works already.
 *
 * @param say Takes a line about what is done.
 * @throws UnderlayError `lab-failed` when it does not come up; its logs are kept.
 */
export async function up(say: (text: string) => void): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new UnderlayError("lab-needs-root", "The lab needs root: it makes a network namespace.", "Run it as root.");
  }
  if ((await processes()).length > 0 && readStatus(labState())?.phase === "ready") {
    say("it runs already");
    return;
  }
  await down();
  mkdirSync(join(labState(), "log"), { recursive: true, mode: 0o700 });
  const log = openLog(join(labState(), "log", "install.log"));
  const packages = await install({ ...log, say });
  cpSync(join(packages, "databases"), join(labState(), "mariadb"), { recursive: true });
  const password = newPassword();
  writeFileSync(join(labState(), "password"), password, { mode: 0o600 });
  writeSettings(labState(), password);
  offerGuests();
  const exported = Object.entries(credentials()).map(([name, value]) => `export ${name}=${value}\n`);
  writeFileSync(join(labState(), "openrc"), exported.join(""), { mode: 0o600 });
  await makeNamespace();
  const output = openSync(join(labState(), "log", "boot.out"), "a");
  const boot = [process.execPath, "--import", fileURLToPath(import.meta.resolve("tsx")), join(here, "boot.ts")];
  const args = ["netns", "exec", namespace, join(here, "enter"), packages, labState(), ...boot];
  const child = spawn("ip", args, { detached: true, stdio: ["ignore", output, output] });
  child.unref();
  try {
    await untilReady(say);
  } catch (thrown) {
    const kept = keepLogs();
    await down();
    say(`logs are in ${kept}`);
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
    return (
      /(?:^|\0)UNDERLAY_LAB=([^\0]*)/.exec(readFileSync(`/proc/${String(pid)}/environ`, "utf8"))?.[1] ?? "lab itself"
    );
  } catch {
    return "lab itself";
  }
}

async function state(api: keyof typeof ports): Promise<string> {
  try {
    const { status } = await fetch(url(api), { signal: AbortSignal.timeout(10_000) });
    return status < 500 ? "answers" : `answers with ${String(status)}`;
  } catch {
    return "does not answer";
  }
}

/** Lines that tell how the lab is: each API, and the memory of each service in MiB (PSS). */
export async function status(): Promise<string[]> {
  const pids = await processes();
  if (pids.length === 0) {
    return ["openstack: down"];
  }
  const memory = new Map<string, number>();
  for (const pid of pids) {
    memory.set(serviceOf(pid), (memory.get(serviceOf(pid)) ?? 0) + memoryMiB(pid));
  }
  const apis = await Promise.all(
    (Object.keys(ports) as (keyof typeof ports)[]).map(async (api) => `${url(api).padEnd(34)} ${await state(api)}`),
  );
  const each = [...memory].sort().map(([name, mib]) => `${name.padEnd(20)} ${mib.toFixed(0).padStart(5)} MiB`);
  const total = [...memory.values()].reduce((sum, mib) => sum + mib, 0);
  const phase = readStatus(labState())?.phase ?? "without status";
  return [
    `openstack: ${phase}; log in with ${join(labState(), "openrc")}`,
    ...apis,
    ...each,
    `total ${total.toFixed(0)} MiB`,
  ];
}
