import { UnderlayError } from "../../measure/error.ts";
import type { EnrolmentInputs } from "./inputs.ts";
import type { Node, Nodes } from "./nodes.ts";
import { failureOf, type Patience, settle } from "./settle.ts";
import type { Scheduler } from "./scheduler.ts";
import { pause } from "../pause.ts";

/** What is asked of a cloud's services about nodes. */
export interface Cloud {
  readonly nodes: Nodes;
  readonly scheduler: Scheduler;
}

/** Longest time that the scheduler may take to learn of a node, in seconds: Nova's compute looks once a minute. */
const schedulerLimitSec = 180;

/** Goes through one transition, and fails unless it ends where it is to. */
async function pass(
  nodes: Nodes,
  node: Node,
  [target, goal]: readonly [string, string],
  patience: Patience,
  more: Record<string, unknown> = {},
): Promise<Node> {
  await nodes.begin(node.uuid, target, more);
  const now = await settle(nodes, node.uuid, patience);
  if (now.provision_state !== goal) {
    throw failureOf(now, `"${target}"`);
  }
  return now;
}

/** A node that nobody uses, brought to where Ironic lets it be inspected, cleaned and offered. */
async function toManageable(nodes: Nodes, node: Node, patience: Patience): Promise<Node> {
  if (node.maintenance && node.provision_state === "clean failed") {
    // Ironic sets it when cleaning fails, and does nothing with a node that has it.
    await nodes.endMaintenance(node.uuid);
  }
  return node.provision_state === "manageable" ? node : pass(nodes, node, ["manage", "manageable"], patience);
}

async function ofKnownPower(nodes: Nodes, node: Node, patience: Patience): Promise<Node> {
  if (node.power_state === "power off" || node.power_state === "power on") {
    return node;
  }
  // Without a known power state the scheduler keeps the node for nobody.
  await nodes.power(node.uuid, "power off");
  const end = Date.now() + patience.limitSec * 1000;
  for (;;) {
    const now = await nodes.find(node.uuid);
    if (now === null || now.power_state === "power off" || now.power_state === "power on") {
      return now ?? node;
    }
    if (Date.now() > end) {
      throw new UnderlayError(
        "ironic-timeout",
        `The node ${now.name ?? now.uuid} tells no power state: ${now.last_error ?? "Ironic gives no reason"}.`,
        "Check its BMC, and run it again.",
      );
    }
    await pause(patience.pauseMs, patience.signal);
  }
}

/** Waits until the scheduler may place servers on a node, as far as this cloud tells. */
async function untilSchedulable(scheduler: Scheduler, { uuid, name }: Node, patience: Patience): Promise<void> {
  const end = Date.now() + schedulerLimitSec * 1000;
  for (;;) {
    const knows = await scheduler.knows(uuid);
    if (knows === "refused") {
      patience.progress.warn(
        `Whether the scheduler knows ${name ?? uuid} yet cannot be told: log in with OS_PROJECT_NAME as an administrator. ` +
          "A server that is asked for at once may find no valid host.",
      );
    }
    if (knows !== "no") {
      return;
    }
    if (Date.now() > end) {
      patience.progress.warn(`The scheduler has not heard of ${name ?? uuid} within ${String(schedulerLimitSec)} s.`);
      return;
    }
    patience.progress.status(`waiting until the scheduler knows ${name ?? uuid}`);
    await pause(patience.pauseMs, patience.signal);
  }
}

/**
 * Brings a node to where servers can be placed on it, from whatever state it is in: enrol → manage → inspect, if asked
 * for → provide, which cleans it. A node in use is left alone.
 *
 * @throws UnderlayError `bmc-credentials`, `bmc-unreachable`, `inspect-failed`, `clean-failed`, `ironic-timeout`, …
 */
export async function offer(
  { nodes, scheduler }: Cloud,
  id: string,
  inputs: EnrolmentInputs,
  patience: Patience,
): Promise<Node> {
  let node = await settle(nodes, id, patience);
  if (node.provision_state === "active") {
    return node;
  }
  if (node.provision_state !== "available") {
    node = await toManageable(nodes, node, patience);
    const why = await nodes.whyNotDeployable(node.uuid);
    if (why !== "") {
      throw new UnderlayError(
        "node-invalid",
        `Ironic cannot use ${inputs.nodeName}: ${why}`,
        "Correct its driver settings.",
      );
    }
    if (inputs.inspect && (node.inspection_finished_at ?? null) === null) {
      node = await pass(nodes, node, ["inspect", "manageable"], patience);
    }
    node = await ofKnownPower(nodes, node, patience);
    node = await pass(nodes, node, ["provide", "available"], patience);
  }
  if (inputs.resourceClass !== undefined) {
    await untilSchedulable(scheduler, node, patience);
  }
  return node;
}

/**
 * Takes a node back and forgets it: what runs on it without Nova is unprovisioned, which cleans it; the steps that are
 * asked for are run; then it is removed from Ironic. When any of that fails, it stays.
 *
 * @throws UnderlayError `node-in-use` when a server of Nova is on it, `clean-failed`, `ironic-timeout`, …
 */
export async function takeBack(nodes: Nodes, id: string, inputs: EnrolmentInputs, patience: Patience): Promise<void> {
  if ((await nodes.find(id)) === null) {
    return;
  }
  let node = await settle(nodes, id, patience);
  if ((node.instance_uuid ?? null) !== null) {
    throw new UnderlayError(
      "node-in-use",
      `The server ${node.instance_uuid ?? ""} is on the node ${inputs.nodeName}, so it is not removed.`,
      "Delete the server first.",
    );
  }
  if (["active", "error", "deploy failed"].includes(node.provision_state)) {
    node = await pass(nodes, node, ["deleted", "available"], patience);
  }
  if (node.provision_state === "clean failed") {
    // A machine that still holds somebody's data is not forgotten: it is cleaned again.
    node = await toManageable(nodes, node, patience);
    node = await pass(nodes, node, ["provide", "available"], patience);
  }
  if (inputs.cleanSteps.length > 0 && node.provision_state !== "enroll") {
    node = await toManageable(nodes, node, patience);
    node = await pass(nodes, node, ["clean", "manageable"], patience, { clean_steps: inputs.cleanSteps });
  }
  await nodes.remove(node.uuid);
}
