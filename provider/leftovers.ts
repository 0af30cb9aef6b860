import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { groupsNamed, membersOf, removeGroup } from "./cgroup.ts";
import { engineCommand, listContainers } from "./container-engine.ts";
import { execute } from "./execute.ts";
import type { Machine } from "./machine.ts";
import { endProcesses, identify, runProcesses } from "./processes.ts";
import { runDirectory, runIdPattern, runsOnDisk } from "./run-directory.ts";
import { removeProgram, shippedPrograms } from "./shipped-programs.ts";

/** Something that carries a run id: on this machine, or a program that was shipped to a host that stays. */
export interface Leftover {
  readonly kind: "process" | "container" | "control group" | "network namespace" | "directory" | "program";
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

/** The run and the sandbox that a name is made of; null when it is somebody else's. What follows a dot is a part of it. */
function splitName(name: string): { runId: string; owner: string } | null {
  const [prefix, runId = "", ...owner] = (name.split(".")[0] ?? "").split("-");
  return `${prefix ?? ""}-` === groupPrefix && runIdPattern.test(runId) && owner.length > 0
    ? { runId, owner: owner.join("-") }
    : null;
}

/** Those of the names in a shared name space that sandboxes made. */
function named(
  names: readonly string[],
  make: (name: string) => Pick<Leftover, "kind" | "name" | "detail">,
): Leftover[] {
  return names.flatMap((name) => {
    const identity = splitName(name);
    return identity === null ? [] : [{ ...identity, ...make(name) }];
  });
}

/** The system's own folder for temporary files, wherever others are set to lie: its path leaves room for sockets. */
export const temporaryFolder = "/tmp";

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Everything that carries a run id, as far as this machine can tell without asking others; folders last. */
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
  const groups = groupsNamed(groupPrefix).flatMap((directory) =>
    named([basename(directory)], () => {
      const members = membersOf(directory).length;
      return { kind: "control group", name: directory, detail: `${String(members)} processes` };
    }),
  );
  const namespaces = named(namesIn("/run/netns"), (name) => ({ kind: "network namespace", name, detail: "" }));
  const folders = runsOnDisk().map((runId): Leftover => ({
    kind: "directory",
    runId,
    owner: "",
    name: runDirectory(runId),
    detail: "",
  }));
  const temporary = named(namesIn(temporaryFolder), (name) => {
    return { kind: "directory", name: join(temporaryFolder, name), detail: "" };
  });
  const programs = shippedPrograms().map(({ runId, owner, name }): Leftover => ({
    kind: "program",
    runId,
    owner,
    name,
    detail: "",
  }));
  return [...programs, ...processes, ...containers, ...groups, ...namespaces, ...folders, ...temporary];
}

async function removeOne(leftover: Leftover, machine: Machine | null): Promise<void> {
  switch (leftover.kind) {
    case "program":
      for (const shipped of shippedPrograms([leftover.runId]).filter(({ name }) => name === leftover.name)) {
        await removeProgram(shipped);
      }
      return;
    case "process": {
      const { name, runId } = leftover;
      // Looked at again: since it was found, it may have ended and its id may be another's.
      const left = await endProcesses(
        runProcesses().filter(({ pid, ...own }) => pid === Number(name) && own.runId === runId),
      );
      if (left.length > 0) {
        throw new UnderlayError("process-stuck", "it does not end although it was killed");
      }
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
 * Removes leftovers: containers first, so that their engine takes its own processes along, folders last, and with a run's
 * folder what is known of programs on other hosts.
 *
 * @returns what could not be removed, with the reason in `detail`
 */
export async function removeLeftovers(leftovers: readonly Leftover[], machine: Machine | null): Promise<Leftover[]> {
  const order = ["program", "container", "process", "control group", "network namespace", "directory"];
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

/** A resource that something on this machine may belong to. */
export interface Owner {
  readonly runId: string;
  readonly name: string;
}

/**
 * Removes everything that carries a resource's identity, whether it was recorded or not.
 *
 * @returns what could not be removed, as {@link removeLeftovers} does
 */
export async function removeOwned({ runId, name }: Owner, machine: Machine | null): Promise<Leftover[]> {
  const own = (await findLeftovers(machine)).filter((leftover) => leftover.runId === runId && leftover.owner === name);
  return removeLeftovers(own, machine);
}

/**
 * Says what is left of a resource that was removed.
 *
 * @throws UnderlayError `leftovers` when anything is
 */
export function mustBeGone(name: string, stuck: readonly Leftover[]): void {
  if (stuck.length > 0) {
    const list = stuck.map((leftover) => `${leftover.kind} ${leftover.name} (${leftover.detail})`).join(", ");
    throw new UnderlayError("leftovers", `${name} could not be removed whole: ${list}.`, "Run `underlay reap`.");
  }
}
