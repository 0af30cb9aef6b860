import { readFileSync, rmSync } from "node:fs";
import { UnderlayError } from "../measure/error.ts";
import type { Attachment } from "../measure/network.ts";
import { connectionSchema } from "./connection.ts";
import { identityVariables } from "./execute.ts";
import { gatherFacts } from "./facts.ts";
import { type SandboxInputs, sandboxInputsSchema, sandboxStateSchema } from "./inputs.ts";
import { mustBeGone, removeOwned } from "./leftovers.ts";
import { type Machine, readMachine } from "./machine.ts";
import { attachmentStands, detach, plannedAttachment } from "./network/attach.ts";
import { enter, leave, tellGuests } from "./network/members.ts";
import type { Progress } from "./progress.ts";
import type { ResourceHandler } from "./resource-handler.ts";
import { sandboxDirectory, sandboxPath } from "./run-directory.ts";
import { containerSandbox } from "./sandbox/container.ts";
import { raiseMapLimit } from "./sandbox/guest-mappings.ts";
import { guestSandbox } from "./sandbox/guest.ts";
import type { SandboxContext, SandboxKind, StandingSandbox } from "./sandbox/kind.ts";
import { nestedContainerSandbox } from "./sandbox/nested-container.ts";
import { processSandbox } from "./sandbox/process.ts";

function kindOf(inputs: SandboxInputs): SandboxKind {
  switch (inputs.kind) {
    case "process":
      return processSandbox;
    case "vm":
      return guestSandbox;
    case "container":
      return inputs.on === undefined ? containerSandbox : nestedContainerSandbox;
  }
}

/** CPUs that this process may use, as the kernel lists them. */
export function usableCpus(): number[] {
  const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** So many of the CPUs from the first one on; after the last comes the first again. */
function takeCpus(cpus: readonly number[], first: number, count: number): number[] {
  const from = first % cpus.length;
  return [...cpus.slice(from), ...cpus.slice(0, from)].slice(0, count);
}

function contextOf(inputs: SandboxInputs, machine: Machine, signal: AbortSignal): SandboxContext {
  return {
    inputs,
    machine,
    signal,
    directory: sandboxPath(inputs.runId, inputs.name),
    cpuSet: takeCpus(usableCpus(), inputs.firstCpu, inputs.cpus),
    env: identityVariables(inputs.runId, inputs.name),
    attachment: plannedAttachment(inputs, machine),
  };
}

function mustHaveCpus({ inputs, cpuSet }: SandboxContext): void {
  if (inputs.cpus > cpuSet.length) {
    throw new UnderlayError(
      "cpus-unavailable",
      `cpus is ${String(inputs.cpus)}, but this machine lets us use ${String(cpuSet.length)}.`,
    );
  }
}

/** Removes everything that carries a sandbox's identity, whether it was recorded or not. */
async function removeSandbox(context: SandboxContext): Promise<void> {
  const { inputs, machine, directory, attachment } = context;
  await kindOf(inputs).remove(context);
  const stuck = await removeOwned(inputs, machine);
  if (attachment !== null) {
    await detach({ ...context, attachment });
    leave(inputs.runId, attachment.network, inputs.name);
  }
  rmSync(directory, { recursive: true, force: true });
  mustBeGone(inputs.name, stuck);
}

/** Enters a sandbox in its network, so that nobody else is given its name or address meanwhile. */
function enterNetwork({ inputs, attachment }: SandboxContext, standing: StandingSandbox | null): void {
  if (attachment !== null) {
    const guest = inputs.kind === "vm" ? (standing?.connection ?? null) : null;
    enter(inputs.runId, { owner: inputs.name, attachment, guest });
  }
}

/** Tells the guests of a sandbox's network that its members are others now; returns what went wrong. */
async function tellNames({ inputs, attachment, env }: SandboxContext): Promise<string[]> {
  return attachment === null ? [] : tellGuests(inputs.runId, attachment.network, env);
}

/** What a sandbox's outputs say of its network. */
function attached({ attachment }: SandboxContext): { attachment?: Attachment } {
  return attachment === null ? {} : { attachment };
}

/** Whether a sandbox's link is still there; one without a network lacks nothing. */
async function isLinked(context: SandboxContext): Promise<boolean> {
  const { attachment } = context;
  return attachment === null || (await attachmentStands({ ...context, attachment }));
}

/** Lets a guest that is mapped page by page have all of its memory, or says that it may not. */
function warnOfGuest({ inputs, machine }: SandboxContext, progress: Progress): void {
  if (inputs.kind === "vm" && machine.guestKernel?.kind === "user-mode-linux") {
    const caution = raiseMapLimit(inputs.memoryMiB);
    if (caution !== null) {
      progress.warn(caution);
    }
  }
}

const never = new AbortController().signal;

/** The resource `Sandbox`. */
export const sandboxHandler: ResourceHandler<SandboxInputs> = {
  schema: sandboxInputsSchema,
  stateSchema: sandboxStateSchema,
  updates: [],
  create: async (inputs, { signal, progress }) => {
    const machine = readMachine();
    // What an `up` that was killed here left behind has the same identity: it makes room.
    await removeSandbox(contextOf(inputs, machine, never));
    const context = contextOf(inputs, machine, signal);
    sandboxDirectory(inputs.runId, inputs.name);
    try {
      mustHaveCpus(context);
      enterNetwork(context, null);
      progress.status(`starting ${inputs.environment}`);
      warnOfGuest(context, progress);
      const standing = await kindOf(inputs).create(context);
      enterNetwork(context, standing);
      for (const failure of await tellNames(context)) {
        progress.warn(failure);
      }
      const facts = await gatherFacts(context, standing);
      signal.throwIfAborted();
      return {
        id: `${inputs.runId}/${inputs.name}`,
        outputs: { ...inputs, connection: standing.connection, facts, ...attached(context) },
      };
    } catch (thrown) {
      await removeSandbox(contextOf(inputs, machine, never));
      throw thrown;
    }
  },
  read: async (_id, inputs, state, { signal, progress }) => {
    const connection = connectionSchema.safeParse(state["connection"]);
    const context = contextOf(inputs, readMachine(), signal);
    if (connection.success && (await kindOf(inputs).stands(context, connection.data)) && (await isLinked(context))) {
      return state;
    }
    progress.warn(`${inputs.environment} "${inputs.name}" is gone: it no longer runs on this machine.`);
    return null;
  },
  delete: async (_id, inputs, _state, { signal }) => {
    const context = contextOf(inputs, readMachine(), signal);
    await removeSandbox(context);
    // The others may be on their way out, too: one that cannot be told any more is no news.
    await tellNames(context);
  },
};
