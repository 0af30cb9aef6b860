import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process, told apart from a later one with the same id by its start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot, as /proc/PID/stat has it. */
  readonly startTime: string;
}

/** A process that carries a run's identity. */
export interface RunProcess extends ProcessIdentity {
  readonly runId: string;
  /** The sandbox or measurement that it belongs to. */
  readonly owner: string;
  readonly command: string;
}

function read(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, "utf8");
  } catch {
    return null; // The process ended, or is another user's.
  }
}

/** Start time of a process; null when there is none, or only a zombie. */
export function startTimeOf(pid: number): string | null {
  const fields = read(pid, "stat")?.split(") ").at(-1)?.split(" ");
  return fields === undefined || fields[0] === "Z" ? null : (fields[19] ?? null);
}

/** The process of an id, as it is now; null when there is none. */
export function identify(pid: number): ProcessIdentity | null {
  const startTime = startTimeOf(pid);
  return startTime === null ? null : { pid, startTime };
}

/** Whether this very process still runs. */
export function isAlive(process: ProcessIdentity): boolean {
  return startTimeOf(process.pid) === process.startTime;
}

/** Most memory that a process had at a time, in MiB; 0 when it is gone. */
export function peakMemoryMiB(pid: number): number {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(read(pid, "status") ?? "")?.[1] ?? 0) / 1024;
}

/** The only child of a process, waited for; null when it has none within the time. */
export async function childOf(pid: number, timeoutSec: number): Promise<number | null> {
  for (const end = Date.now() + timeoutSec * 1000; Date.now() < end; await sleep(20)) {
    const child = Number(
      read(pid, `task/${String(pid)}/children`)
        ?.trim()
        .split(" ")[0] ?? "",
    );
    if (child > 0) {
      return child;
    }
  }
  return null;
}

/** A process, with its environment and what it runs. */
export interface ProcessWithEnvironment extends ProcessIdentity {
  readonly environment: ReadonlyMap<string, string>;
  readonly command: string;
}

/** All processes of this machine, this one apart, whose environment has a variable and may be read by this user. */
export function processesWith(variable: string): ProcessWithEnvironment[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((name) => {
      const pid = Number(name);
      const entries = (read(pid, "environ") ?? "").split("\0").map((entry) => entry.split("="));
      const environment = new Map(entries.map(([key = "", ...value]) => [key, value.join("=")]));
      const startTime = environment.has(variable) ? startTimeOf(pid) : null;
      const command = (read(pid, "cmdline") ?? "").replaceAll("\0", " ").trim().slice(0, 120);
      return startTime === null ? [] : [{ pid, startTime, environment, command }];
    });
}

/** All processes on this machine that carry the identity of a run. */
export function runProcesses(): RunProcess[] {
  return processesWith("UNDERLAY_RUN").map(({ environment, ...rest }) => ({
    ...rest,
    runId: environment.get("UNDERLAY_RUN") ?? "",
    owner: environment.get("UNDERLAY_OWNER") ?? "",
  }));
}

/** Sends a signal to this very process, unless it has ended. */
function sendSignal(process_: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(process_)) {
    return;
  }
  try {
    process.kill(process_.pid, name);
  } catch {
    // It ended between the look and the signal.
  }
}

/** Ends processes, for good unless told to ask them, and waits until they are gone; returns those that would not go. */
export async function endProcesses(
  processes: readonly ProcessIdentity[],
  timeoutSec = 10,
  by: "SIGKILL" | "SIGTERM" = "SIGKILL",
): Promise<ProcessIdentity[]> {
  for (const entry of processes) {
    sendSignal(entry, by);
  }
  for (const end = Date.now() + timeoutSec * 1000; Date.now() < end; await sleep(50)) {
    if (!processes.some(isAlive)) {
      return [];
    }
  }
  return processes.filter(isAlive);
}
