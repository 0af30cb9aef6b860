import { type Attachment, type NetworkLink } from "../../measure/network.ts";
import { execute } from "../execute.ts";
import type { SandboxInputs } from "../inputs.ts";
import { sharedName } from "../leftovers.ts";
import type { Machine } from "../machine.ts";
import { addressCommands, deviceName, linkCommands, portName, tapCommands } from "./link.ts";
import { type Command, inNamespace, namespacePath, namespaceStands, runAll, runnerHere } from "./namespace.ts";
import { overlayCommands } from "./overlay.ts";

/** Name of the network device that a guest's kernel has for the network; its first is the link to its monitor. */
export function guestDevice(kind: NonNullable<Machine["guestKernel"]>["kind"]): string {
  return kind === "user-mode-linux" ? "vec1" : "eth1";
}

type Join = NonNullable<SandboxInputs["network"]>;
type Shared = Pick<Attachment, "network" | "hostName" | "rateMbitPerSec" | "latencyMs">;

/** How a container takes part: by its host's link, on the overlay or not. */
function containerAttachment({ name, runId, onAttachment: on }: SandboxInputs, join: Join, own: Shared): Attachment {
  if (on === undefined) {
    throw new RangeError(`${name} is a container whose host joins no network`);
  }
  const { address, port } = on;
  if (join.overlay === "host") {
    return { ...on, ...own, overlay: "host" };
  }
  const namespace = on.namespace === null ? null : sharedName(runId, name);
  const overlayAddress = join.address ?? null;
  return { ...own, address, overlayAddress, overlay: "vxlan", device: deviceName, port, namespace };
}

/** How a sandbox is to take part in its network; null when it takes part in none. */
export function plannedAttachment(inputs: SandboxInputs, machine: Machine): Attachment | null {
  const { network, name, runId, kind } = inputs;
  if (network === undefined) {
    return null;
  }
  const { name: networkName, rateMbitPerSec, latencyMs } = network.link;
  const own = { network: networkName, hostName: network.hostName, rateMbitPerSec, latencyMs };
  if (kind === "container") {
    return containerAttachment(inputs, network, own);
  }
  const guest = kind === "vm";
  return {
    ...own,
    address: network.address ?? "",
    overlayAddress: null,
    overlay: "none",
    device: guest ? guestDevice(machine.guestKernel?.kind ?? "user-mode-linux") : deviceName,
    port: portName(name),
    namespace: guest ? null : sharedName(runId, name),
  };
}

/** What is needed to attach a sandbox. */
export interface Attaching {
  readonly inputs: SandboxInputs;
  readonly attachment: Attachment;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const networkNamespace = ({ inputs, attachment }: Attaching): string => sharedName(inputs.runId, attachment.network);

function linkOf({ inputs }: Attaching): NetworkLink {
  if (inputs.network === undefined) {
    throw new RangeError(`${inputs.name} joins no network`);
  }
  return inputs.network.link;
}

/** Gives a process a network namespace of its own, with a link to its network. */
export async function attachNamespace(attaching: Attaching): Promise<void> {
  const { attachment, env, signal } = attaching;
  const namespace = attachment.namespace ?? "";
  const link = linkOf(attaching);
  const host = namespacePath(namespace);
  const ends = { network: networkNamespace(attaching), port: attachment.port, host };
  await runAll(
    [
      ["ip", "netns", "add", namespace],
      ...linkCommands(link, ends),
      ...addressCommands(host, attachment.address, link.subnet),
    ],
    runnerHere(env, signal),
  );
}

/** Links a guest's tap, in the namespace of its monitor's process, to its network. */
export async function attachGuest(attaching: Attaching, pid: number, tap: string): Promise<void> {
  const host = `/proc/${String(pid)}/ns/net`;
  const ends = { network: networkNamespace(attaching), port: attaching.attachment.port, host };
  await runAll(
    [...linkCommands(linkOf(attaching), ends), ...tapCommands(host, tap)],
    runnerHere(attaching.env, attaching.signal),
  );
}

/** Commands that put a container of this machine's engine on the overlay, by its host's link. */
export function containerOverlayCommands(inputs: SandboxInputs, attachment: Attachment): Command[] {
  const host = inputs.onAttachment?.namespace ?? "";
  const container = attachment.namespace ?? "";
  return overlayCommands({
    host: inNamespace(namespacePath(host), []),
    device: inputs.onAttachment?.device ?? deviceName,
    hostAddress: attachment.address,
    container,
    inside: inNamespace(namespacePath(container), []),
    address: attachment.overlayAddress ?? "",
    subnet: inputs.network?.link.overlaySubnet ?? "",
  });
}

/** Whether the link that an attachment stands on is still there. */
export async function attachmentStands(attaching: Attaching): Promise<boolean> {
  const { attachment, env } = attaching;
  const network = networkNamespace(attaching);
  if (!namespaceStands(network) || (attachment.namespace !== null && !namespaceStands(attachment.namespace))) {
    return false;
  }
  const show = inNamespace(namespacePath(network), ["ip", "link", "show", "dev", attachment.port]);
  return execute(show, { timeoutSec: 20, env }).then(
    () => true,
    () => false,
  );
}

/** Removes a sandbox's link, if it has one of its own: with one end goes the other. */
export async function detach(attaching: Attaching): Promise<void> {
  const own = attaching.attachment.overlay === "none";
  if (own && (await attachmentStands({ ...attaching, attachment: { ...attaching.attachment, namespace: null } }))) {
    const path = namespacePath(networkNamespace(attaching));
    const remove = inNamespace(path, ["ip", "link", "delete", attaching.attachment.port]);
    // The kernel takes a link away with its host's namespace, and may have done so since it was looked at.
    await execute(remove, { timeoutSec: 20, env: attaching.env }).catch(() => "");
  }
}
