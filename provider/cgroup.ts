import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
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

/** Folders of this user's control groups whose name starts so. */
export function groupsNamed(prefix: string): string[] {
  const names = existsSync(parent()) ? readdirSync(parent()).filter((name) => name.startsWith(prefix)) : [];
  const owner = process.getuid?.();
  return names
    .map((name) => join(parent(), name))
    .filter((directory) => statSync(directory, { throwIfNoEntry: false })?.uid === owner);
}

/** Removes an empty group. */
export function removeGroup(directory: string): void {
  if (existsSync(directory)) {
    rmdirSync(directory);
  }
}
