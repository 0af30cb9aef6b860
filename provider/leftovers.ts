import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../measure/error.ts";
import { groupsNamed, membersOf, removeGroup } from "./cgroup.ts";
import { engineCommand, listContainers } from "./container-engine.ts";
import { execute } from "./execute.ts";
import type { Machine } from "./machine.ts";
import { endProcesses, identify, runProcesses } from "./processes.ts";
import { runDirectory, runsOnDisk } from "./run-directory.ts";

/** Something on this machine that carries a run id. */
export interface Leftover {
  readonly kind: "process" | "container" | "control group" | "network namespace" | "directory";
  readonly runId: string;
  /** Sandbox or measurement it belongs to; empty when the whole run. */
  readonly owner: string;
  /** What a person would look for: a process id, a name or a path. */
  readonly name: string;
  readonly detail: string;
}

const groupPrefix = "underlay-";

/** Name of what a sandbox makes in a shared name space: control groups, containers, guests. */
export function sharedName(runId: string, owner: string): string {
  return `${groupPrefix}${runId}-${owner}`;
}

function splitName(name: string): { runId: string; owner: string } {
  const [runId = "", ...owner] = name.slice(groupPrefix.length).split("-");
  return { runId, owner: owner.join("-") };
}

/** Everything on this machine that carries a run id, folders last. */
export async function findLeftovers(machine: Machine | null): Promise<Leftover[]> {
  const processes = runProcesses().map(({ pid, runId, owner, command }): Leftover => ({
    kind: "process",
    runId,
    owner,
    name: String(pid),
    detail: command,
  }));
  const containers = machine?.containerEngine
    ? (await listContainers(machine.containerEngine)).map((container): Leftover => ({
        kind: "container",
        detail: container.status,
        ...container,
      }))
    : [];
  const groups = groupsNamed(groupPrefix).map((directory): Leftover => {
    const members = membersOf(directory).length;
    const name = directory.slice(directory.lastIndexOf("/") + 1);
    return { kind: "control group", ...splitName(name), name: directory, detail: `${String(members)} processes` };
  });
  const namespaces = existsSync("/run/netns")
    ? readdirSync("/run/netns")
        .filter((name) => name.startsWith(groupPrefix))
        .map((name): Leftover => ({ kind: "network namespace", ...splitName(name), name, detail: "" }))
    : [];
  const folders = runsOnDisk().map((runId): Leftover => ({
    kind: "directory",
    runId,
    owner: "",
    name: runDirectory(runId),
    detail: "",
  }));
  const temporary = readdirSync(tmpdir())
    .filter((name) => /^underlay-r[a-z0-9]+-/.test(name))
    .map((name): Leftover => ({ kind: "directory", ...splitName(name), name: join(tmpdir(), name), detail: "" }));
  return [...processes, ...containers, ...groups, ...namespaces, ...folders, ...temporary];
}

async function removeOne(leftover: Leftover, machine: Machine | null): Promise<void> {
  switch (leftover.kind) {
    case "process": {
      const identity = identify(Number(leftover.name));
      await endProcesses(identity === null ? [] : [identity]);
      return;
    }
    case "container":
      if (machine?.containerEngine) {
        const command = engineCommand(machine.containerEngine, ["rm", "--force", leftover.name]);
        await execute(command, { timeoutSec: 60 });
      }
      return;
    case "control group":
      await endProcesses(membersOf(leftover.name).flatMap((pid) => identify(pid) ?? []));
      removeGroup(leftover.name);
      return;
    case "network namespace":
      await execute(["ip", "netns", "delete", leftover.name], { timeoutSec: 10 });
      return;
    case "directory":
      await rm(leftover.name, { recursive: true, force: true });
  }
}

/**
 * Removes leftovers: containers first, so that their engine takes its own processes along, folders last.
 *
 * @returns what could not be removed, with the reason in `detail`
 */
export async function removeLeftovers(leftovers: readonly Leftover[], machine: Machine | null): Promise<Leftover[]> {
  const order = ["container", "process", "control group", "network namespace", "directory"];
  const failed: Leftover[] = [];
  for (const leftover of leftovers.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))) {
    try {
      await removeOne(leftover, machine);
    } catch (thrown) {
      failed.push({ ...leftover, detail: messageOf(thrown) });
    }
  }
  return failed;
}
