// What every lab is on this machine: a network namespace with a link into it, a first program that starts the services
// there, and a folder of state. What it is made of, and what its namespace has besides, is each lab's own.
import { spawn } from "node:child_process";
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { UnderlayError } from "../../measure/error.ts";
import { execute } from "../../provider/execute.ts";
import { stateDirectory } from "../../provider/machine.ts";
import { type Log, openLog } from "../../tools/log.mjs";
import { readStatus, type Status } from "./status.ts";

/** Takes a line about what is done. */
export type Say = (text: string) => void;

/** A pair of virtual Ethernet devices: one end is the machine's, the other one the lab's. */
export interface Link {
  readonly outside: { readonly device: string; readonly address: string };
  readonly inside: { readonly device: string; readonly address: string };
  /** Length of the prefix of both addresses. */
  readonly prefix: number;
}

/** What makes a lab the one that it is. */
export interface LabParts {
  /** Name of its folders, and of its line in `status`. */
  readonly name: string;
  /** Name of its network namespace. */
  readonly namespace: string;
  readonly link: Link;
  /** Folder of its `boot.ts`, which is the first program inside. */
  readonly folder: string;
  /**
   * Gets what it is made of, and fills its state folder.
   *
   * @returns the command that enters its places; the first program and its arguments are put behind it
   */
  readonly prepare: (state: string, log: Log) => Promise<readonly string[]>;
  /** Gives the namespace what it has besides its link. */
  readonly equip: () => Promise<unknown>;
  /** Removes what goes neither with its processes nor with its namespace. @default nothing is left */
  readonly clear?: () => Promise<void>;
  /** How to log in. */
  readonly access: (state: string) => string;
  /** What its APIs say, in lines. */
  readonly describe: () => Promise<readonly string[]>;
}

const startSec = 600;
const endSec = 20;
/** Lines of the first program's log that an error tells. */
const lastLines = 5;

/** Runs iproute2's `ip`. */
export const ip = (...args: readonly string[]): Promise<string> => execute(["ip", ...args], { timeoutSec: 20 });

const isAlive = (pid: number): boolean => existsSync(`/proc/${String(pid)}`);

async function makeNamespace(namespace: string, { outside, inside, prefix }: Link): Promise<void> {
  const ends = [outside, inside].map(({ address }) => `${address}/${String(prefix)}`);
  const [outer = "", inner = ""] = ends;
  await ip("netns", "add", namespace);
  await ip("-n", namespace, "link", "set", "lo", "up");
  await ip("link", "add", outside.device, "type", "veth", "peer", "name", inside.device, "netns", namespace);
  await ip("address", "add", outer, "dev", outside.device);
  await ip("link", "set", outside.device, "up");
  await ip("-n", namespace, "address", "add", inner, "dev", inside.device);
  await ip("-n", namespace, "link", "set", inside.device, "up");
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

/** Real services to test against. There is one lab of a name on a machine. */
export class Lab {
  readonly #parts: LabParts;

  constructor(parts: LabParts) {
    this.#parts = parts;
  }

  /** Folder of its state. */
  get state(): string {
    return join(stateDirectory(), "lab", this.#parts.name);
  }

  /** Whether any process of it is there. */
  async runs(): Promise<boolean> {
    return (await this.#processes()).length > 0;
  }

  /**
   * Starts it, unless it works already.
   *
   * @throws UnderlayError `lab-failed` when it does not come up; its logs are kept.
   */
  async up(say: Say): Promise<void> {
    if (process.getuid?.() !== 0) {
      throw new UnderlayError("lab-needs-root", "The lab needs root: it makes a network namespace.", "Run it as root.");
    }
    if ((await this.runs()) && readStatus(this.state)?.phase === "ready") {
      say("it runs already");
      return;
    }
    await this.down();
    mkdirSync(join(this.state, "log"), { recursive: true, mode: 0o700 });
    try {
      await this.#start(say);
      await this.#untilReady(say);
    } catch (thrown) {
      say(`logs are in ${this.#keepLogs()}`);
      await this.down();
      throw thrown;
    }
  }

  /** Ends every process of it and removes its places and its state: afterwards nothing of it is there. */
  async down(): Promise<void> {
    await this.#endProcesses();
    if (this.#namespaceStands()) {
      await ip("netns", "delete", this.#parts.namespace);
    }
    // The kernel keeps a namespace as long as connections in it are closing, and the link with it.
    const { device } = this.#parts.link.outside;
    const stands = (): boolean => existsSync(join("/sys/class/net", device));
    if (stands()) {
      await ip("link", "delete", device).catch((thrown: unknown) => {
        if (stands()) throw thrown; // It went meanwhile: what was wanted.
      });
    }
    await this.#parts.clear?.();
    rmSync(this.state, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Memory of each service, in MiB (PSS): what several share counts once. */
  async memory(): Promise<ReadonlyMap<string, number>> {
    const memory = new Map<string, number>();
    for (const pid of await this.#processes()) {
      const service = serviceOf(pid);
      memory.set(service, (memory.get(service) ?? 0) + memoryMiB(pid));
    }
    return memory;
  }

  /** Lines that tell how it is: what its APIs say, and the memory of each service. */
  async status(): Promise<string[]> {
    const { name, access, describe } = this.#parts;
    if (!(await this.runs())) {
      return [`${name}: down`];
    }
    const memory = [...(await this.memory())].sort();
    const total = memory.reduce((sum, [, mib]) => sum + mib, 0);
    const phase = readStatus(this.state)?.phase ?? "without status";
    return [
      `${name}: ${phase}; ${access(this.state)}`,
      ...(await describe()),
      ...memory.map(([service, mib]) => `${service.padEnd(24)} ${mib.toFixed(0).padStart(5)} MiB`),
      `total ${total.toFixed(0)} MiB`,
    ];
  }

  get #bootLog(): string {
    return join(this.state, "log", "boot.out");
  }

  #namespaceStands(): boolean {
    return existsSync(join("/run/netns", this.#parts.namespace));
  }

  /** Its processes, as the machine numbers them; those in network namespaces of their own end with them. */
  async #processes(): Promise<number[]> {
    if (!this.#namespaceStands()) {
      return [];
    }
    return (await ip("netns", "pids", this.#parts.namespace)).split("\n").filter(Boolean).map(Number);
  }

  async #endProcesses(): Promise<void> {
    for (const pid of await this.#processes()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself: what was wanted.
      }
    }
    const end = Date.now() + endSec * 1000;
    while ((await this.#processes()).some(isAlive) && Date.now() < end) {
      await sleep(100);
    }
  }

  async #start(say: Say): Promise<void> {
    const { folder, namespace, link, prepare, equip } = this.#parts;
    const log = openLog(join(this.state, "log", "install.log"));
    const enter = await prepare(this.state, { ...log, say });
    await makeNamespace(namespace, link);
    await equip();
    const tsx = fileURLToPath(import.meta.resolve("tsx"));
    const [file, ...args] = [...enter, process.execPath, "--import", tsx, join(folder, "boot.ts")];
    const output = openSync(this.#bootLog, "a");
    spawn(file, args, { detached: true, stdio: ["ignore", output, output] }).unref();
    closeSync(output);
  }

  async #untilReady(say: Say): Promise<void> {
    const end = Date.now() + startSec * 1000;
    let said = "";
    for (;;) {
      const status = readStatus(this.state);
      if (status !== null && status.text !== said) {
        said = status.text;
        say(said);
      }
      if (status?.phase === "ready") {
        return;
      }
      const why = await this.#whyNotToWait(status, end);
      if (why !== null) {
        const last = readFileSync(this.#bootLog, "utf8").trim().split("\n").slice(-lastLines).join("\n  ");
        throw new UnderlayError("lab-failed", `The lab did not start: ${why}.`, last);
      }
      await sleep(200);
    }
  }

  /** Why it will not be ready any more; null while it may be. */
  async #whyNotToWait(status: Status | null, end: number): Promise<string | null> {
    if (status?.phase === "failed") {
      return status.text;
    }
    if (!(await this.runs())) {
      return "its first program ended";
    }
    return Date.now() > end ? "it took too long" : null;
  }

  /** Keeps the logs of a lab that could not start. */
  #keepLogs(): string {
    const kept = join(stateDirectory(), "lab", `${this.#parts.name}-failed`);
    rmSync(kept, { recursive: true, force: true });
    cpSync(join(this.state, "log"), kept, { recursive: true });
    return kept;
  }
}
