// The control groups of the lab's node: pods' own groups are made below them by the kubelet.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labName } from "./place.ts";

const top = "/sys/fs/cgroup";

/** Folders that hold a hierarchy: each of version 1, or the one of version 2. */
function hierarchies(): string[] {
  return existsSync(join(top, "cgroup.controllers")) ? [top] : readdirSync(top).map((name) => join(top, name));
}

/** Makes the node's group in every hierarchy. */
export function makeGroups(): void {
  for (const hierarchy of hierarchies()) {
    const group = join(hierarchy, labName);
    mkdirSync(group, { recursive: true });
    // A new group of version 1 has neither, and takes no process without.
    for (const file of ["cpuset.cpus", "cpuset.mems"].filter((name) => existsSync(join(group, name)))) {
      writeFileSync(join(group, file), readFileSync(join(hierarchy, file)));
    }
  }
}

function removeTree(group: string): void {
  const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  below.forEach(({ name }) => removeTree(join(group, name)));
  rmdirSync(group);
}

/** Groups of the node that are there. */
export function standingGroups(): string[] {
  return hierarchies()
    .map((hierarchy) => join(hierarchy, labName))
    .filter((group) => existsSync(group));
}

/** Removes them all; their processes have ended. */
export function removeGroups(): void {
  standingGroups().forEach(removeTree);
}
