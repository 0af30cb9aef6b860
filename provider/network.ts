import { messageOf, UnderlayError } from "../measure/error.ts";
import { identityVariables } from "./execute.ts";
import { type NetworkInputs, networkInputsSchema } from "./inputs.ts";
import { findLeftovers, removeLeftovers, sharedName } from "./leftovers.ts";
import { shapeCommands } from "./network/link.ts";
import { closeNetwork, openNetwork } from "./network/members.ts";
import {
  bridgeName,
  inNamespace,
  mustBeRoot,
  namespacePath,
  namespaceStands,
  networkCommands,
  runAll,
  type Runner,
  runnerHere,
} from "./network/namespace.ts";
import type { ResourceHandler } from "./resource-handler.ts";

/** Removes a network, whether it was recorded or not; the links of hosts go with it. */
async function removeNetwork({ runId, name }: NetworkInputs): Promise<void> {
  closeNetwork(runId, name);
  const own = (await findLeftovers(null)).filter(
    (leftover) => leftover.kind === "network namespace" && leftover.name === sharedName(runId, name),
  );
  const stuck = await removeLeftovers(own, null);
  if (stuck.length > 0) {
    const list = stuck.map(({ kind, detail }) => `${kind} (${detail})`).join(", ");
    throw new UnderlayError(
      "leftovers",
      `The network ${name} could not be removed whole: ${list}.`,
      "Run `underlay reap`.",
    );
  }
}

/** Shapes the bridge and lets it be: what this kernel cannot do shows before any host joins. */
async function tryShape({ runId, name, rateMbitPerSec, latencyMs }: NetworkInputs, run: Runner): Promise<void> {
  const path = namespacePath(sharedName(runId, name));
  try {
    await runAll(shapeCommands(path, bridgeName, rateMbitPerSec, latencyMs), run);
  } catch (cause) {
    if (latencyMs === 0) {
      throw cause;
    }
    throw new UnderlayError(
      "latency-unavailable",
      `latencyMs is ${String(latencyMs)}, but this machine's kernel delays no packets: ${messageOf(cause).split("\n")[1]?.trim() ?? ""}`,
      "Load the kernel module sch_netem (Debian: linux-image-amd64, Fedora: kernel-modules-extra), or set latencyMs to 0.",
      { cause },
    );
  }
  await run(inNamespace(path, ["tc", "qdisc", "delete", "dev", bridgeName, "root"]));
}

/** The resource `Network`. */
export const networkHandler: ResourceHandler<NetworkInputs> = {
  schema: networkInputsSchema,
  updates: [],
  create: async (inputs, { signal, progress }) => {
    const { name, runId, ...shape } = inputs;
    mustBeRoot();
    // What an `up` that was killed here left behind has the same identity: it makes room.
    await removeNetwork(inputs);
    progress.status("making the network");
    try {
      const run = runnerHere(identityVariables(runId, name), signal);
      await runAll(networkCommands(sharedName(runId, name)), run);
      await tryShape(inputs, run);
      openNetwork(runId, name);
      signal.throwIfAborted();
      return { id: `${runId}/${name}`, outputs: { ...inputs, link: { name, ...shape } } };
    } catch (thrown) {
      await removeNetwork(inputs);
      throw thrown;
    }
  },
  read: async (_id, { runId, name }, state, { progress }) => {
    if (namespaceStands(sharedName(runId, name))) {
      return Promise.resolve(state);
    }
    progress.warn(`The network "${name}" is gone: it no longer is on this machine.`);
    return Promise.resolve(null);
  },
  delete: (_id, inputs) => removeNetwork(inputs),
};
