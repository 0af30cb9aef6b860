import { existsSync } from "node:fs";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import { execute } from "../execute.ts";

/** A command as an argument vector. */
export type Command = readonly string[];

/** The bridge inside a network's namespace, and inside that of a guest's monitor. */
export const bridgeName = "bridge0";

/** Where a network namespace of a name is. */
export function namespacePath(name: string): string {
  return `/run/netns/${name}`;
}

/** Whether a network namespace of a name is there. */
export function namespaceStands(name: string): boolean {
  return existsSync(namespacePath(name));
}

/** A command, run in the network namespace at a path. */
export function inNamespace(path: string, command: Command): Command {
  return ["nsenter", `--net=${path}`, ...command];
}

/** Commands that make a bridge, which floods multicast: nobody on it asks who listens. */
export function bridgeCommands(path: string): Command[] {
  const kind = ["type", "bridge", "mcast_snooping", "0", "stp_state", "0", "forward_delay", "0"];
  return [
    inNamespace(path, ["ip", "link", "add", bridgeName, ...kind]),
    inNamespace(path, ["ip", "link", "set", bridgeName, "up"]),
  ];
}

/** Commands that make a network: a namespace with a bridge in it, and no way out. */
export function networkCommands(namespace: string): Command[] {
  return [["ip", "netns", "add", namespace], ...bridgeCommands(namespacePath(namespace))];
}

/**
 * A network needs the right to make namespaces that outlive this process and that others can join.
 *
 * @throws UnderlayError `network-needs-root`
 */
export function mustBeRoot(): void {
  const uid = process.getuid?.();
  if (uid !== 0) {
    throw new UnderlayError(
      "network-needs-root",
      `A network between hosts needs root, and this user has the id ${String(uid)}.`,
      "Run as root, or leave out `network`.",
    );
  }
}

/** How commands are run: on this machine, or over a connection. */
export type Runner = (command: Command) => Promise<string>;

/** Runs commands on this machine, which carry the identity of a run. */
export function runnerHere(env: Readonly<Record<string, string>>, signal?: AbortSignal): Runner {
  return (command) => execute(command, { timeoutSec: 20, env, signal });
}

/**
 * Runs commands one after the other.
 *
 * @throws UnderlayError `network-unavailable` with the first that fails
 */
export async function runAll(commands: readonly Command[], run: Runner): Promise<void> {
  for (const command of commands) {
    try {
      await run(command);
    } catch (cause) {
      throw new UnderlayError(
        "network-unavailable",
        `The network cannot be made: ${messageOf(cause)}`,
        "It needs iproute2, util-linux, and a kernel with veth, bridge, tbf and netem; overlays need vxlan.",
        { cause },
      );
    }
  }
}
