import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const root = "/sys/fs/cgroup";

/** A control group that holds a memory limit. */
export interface MemoryGroup {
  /** Its folder, whose `cgroup.procs` takes processes in. */
  readonly directory: string;
  readonly mechanism: "cgroup v1" | "cgroup v2";
}

const isVersion2 = (): boolean => existsSync(join(root, "cgroup.controllers"));
const parent = (): string => (isVersion2() ? root : join(root, "memory"));

/**
 * Makes a control group with a memory limit.
 *
 * @param name folder name, which carries the run id
 * @param memoryMiB the limit
 * @returns the group, or the reason why this user cannot have one
 */
export function makeMemoryGroup(name: string, memoryMiB: number): MemoryGroup | { readonly reason: string } {
  const directory = join(parent(), name);
  const bytes = String(memoryMiB * 1024 * 1024);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, isVersion2() ? "memory.max" : "memory.limit_in_bytes"), bytes);
    return { directory, mechanism: isVersion2() ? "cgroup v2" : "cgroup v1" };
  } catch (cause) {
    if (existsSync(directory)) {
      rmdirSync(directory);
    }
    return { reason: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** Ids of the processes in a group. */
export function membersOf(directory: string): number[] {
  const path = join(directory, "cgroup.procs");
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean).map(Number) : [];
}

/** Roots of all hierarchies: one in version 2, one for each controller in version 1. */
function hierarchies(): string[] {
  if (isVersion2() || !existsSync(root)) {
    return [root];
  }
  const folders = readdirSync(root).map((name) => realpathSync(join(root, name)));
  return [...new Set(folders)].filter((folder) => existsSync(join(folder, "cgroup.procs")));
}

/** Folders of this user's control groups whose name starts so. */
export function groupsNamed(prefix: string): string[] {
  const owner = process.getuid?.();
  return hierarchies()
    .filter((hierarchy) => existsSync(hierarchy))
    .flatMap((hierarchy) =>
      readdirSync(hierarchy)
        .filter((name) => name.startsWith(prefix))
        .map((name) => join(hierarchy, name)),
    )
    .filter((directory) => statSync(directory, { throwIfNoEntry: false })?.uid === owner);
}

/** Period in which a group's CPU time is counted, in microseconds. */
const periodUs = 20_000;

/**
 * Limits the CPU time of a group that is there already.
 *
 * @param name name of the group, below the root of its hierarchy
 * @param cpus CPUs that it has the time of, such as 0.5; the kernel holds no less than 0.05
 */
export function limitCpus(name: string, cpus: number): void {
  const quota = Math.max(1000, Math.round(cpus * periodUs));
  if (isVersion2()) {
    writeFileSync(join(root, name, "cpu.max"), `${String(quota)} ${String(periodUs)}`);
    return;
  }
  // The period first: no quota may be below the kernel's least at the default period.
  writeFileSync(join(root, "cpu", name, "cpu.cfs_period_us"), String(periodUs));
  writeFileSync(join(root, "cpu", name, "cpu.cfs_quota_us"), String(quota));
}

/** Processes of a group that the kernel killed because the group's memory was used up; 0 when there is no such group. */
export function outOfMemoryKills(name: string): number {
  const path = join(parent(), name, isVersion2() ? "memory.events" : "memory.oom_control");
  const content = existsSync(path) ? readFileSync(path, "utf8") : "";
  return Number(/^oom_kill (\d+)$/m.exec(content)?.[1] ?? 0);
}

/** Most memory that a group had at a time, in MiB, what the kernel cached of files for it included. */
export function peakGroupMemoryMiB(name: string): number {
  const path = join(parent(), name, isVersion2() ? "memory.peak" : "memory.max_usage_in_bytes");
  return existsSync(path) ? Number(readFileSync(path, "utf8")) / 1024 / 1024 : 0;
}

/** Ids of the processes in the group of a name that holds a memory limit. */
export function membersOfNamed(name: string): number[] {
  return membersOf(join(parent(), name));
}

/** Removes an empty group. */
export function removeGroup(directory: string): void {
  if (existsSync(directory)) {
    rmdirSync(directory);
  }
}
