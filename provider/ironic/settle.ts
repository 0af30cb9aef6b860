import { UnderlayError } from "../../measure/error.ts";
import type { Progress } from "../progress.ts";
import type { Node, Nodes } from "./nodes.ts";
import { pause } from "../pause.ts";

/** How a transition is waited for. */
export interface Patience {
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Longest time for one transition, in seconds. */
  readonly limitSec: number;
  /** Pause between two looks, in ms. */
  readonly pauseMs: number;
}

/** States in which a node stays until it is told otherwise; all others pass by themselves. */
const settled = new Set([
  ...["enroll", "manageable", "available", "active", "error", "rescue", "deploy failed"],
  ...["clean failed", "inspect failed", "adopt failed", "rescue failed", "unrescue failed", "service failed"],
]);

/**
 * Waits until a node stays in a state.
 *
 * @throws UnderlayError `ironic-timeout`, or `node-gone` when somebody else removed it; the signal's reason when cancelled
 */
export async function settle(nodes: Nodes, id: string, patience: Patience): Promise<Node> {
  const { signal, progress, limitSec, pauseMs } = patience;
  const end = Date.now() + limitSec * 1000;
  for (;;) {
    const node = await nodes.find(id);
    if (node === null) {
      throw new UnderlayError(
        "node-gone",
        `The node ${id} is no longer in Ironic.`,
        "Refresh the stack, and run it again.",
      );
    }
    // Ironic names a target until it is reached; one that has failed keeps it.
    const failed = node.provision_state === "error" || node.provision_state.endsWith("failed");
    if (settled.has(node.provision_state) && (failed || (node.target_provision_state ?? null) === null)) {
      return node;
    }
    progress.status(`${node.name ?? id} is ${node.provision_state}`);
    if (Date.now() > end) {
      throw new UnderlayError(
        "ironic-timeout",
        `The node ${node.name ?? id} has been ${node.provision_state} for more than ${String(limitSec)} s: ${reasonOf(node)}`,
        "Look at its console; then run it again, which goes on from where it is, or raise transitionTimeoutSec.",
      );
    }
    await pause(pauseMs, signal);
  }
}

const reasonOf = ({ last_error: reason }: Node): string => reason ?? "Ironic gives no reason.";

const credentials = /auth|credential|password|unauthori[sz]ed|401|403|privilege|access.*denied|invalid user/i;

/** What went wrong with a node, by the state that it stays in. */
export function failureOf(node: Node, doing: string): UnderlayError {
  const name = node.name ?? node.uuid;
  const reason = reasonOf(node);
  switch (node.provision_state) {
    case "enroll":
      return credentials.test(reason)
        ? new UnderlayError(
            "bmc-credentials",
            `The BMC of ${name} refused its credentials: ${reason}`,
            "Set bmc.username and bmc.password to an account of the BMC that may control power, and run it again.",
          )
        : new UnderlayError(
            "bmc-unreachable",
            `Ironic cannot control ${name}: ${reason}`,
            "Check bmc.address and that Ironic's conductors reach it, and run it again.",
          );
    case "clean failed":
      return new UnderlayError(
        "clean-failed",
        `Cleaning ${name} failed: ${reason}`,
        "Look at its console and at the log of Ironic's agent, mend it, and run it again: cleaning is begun anew.",
      );
    case "inspect failed":
      return new UnderlayError(
        "inspect-failed",
        `Inspecting ${name} failed: ${reason}`,
        "Mend it, or set inspect to false.",
      );
    default:
      return new UnderlayError(
        "node-unsettled",
        `${doing} ended with ${name} in the state "${node.provision_state}": ${reason}`,
        "Run it again; if it stays, look at the node with `openstack baremetal node show`.",
      );
  }
}
