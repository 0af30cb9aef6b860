import { prefixLengthOf } from "../../measure/network.ts";
import type { Command } from "./namespace.ts";
import { deviceName } from "./link.ts";

/** Bytes that VXLAN adds to a packet (RFC 7348), taken off Ethernet's 1500. */
const overlayMtuBytes = 1450;
/** Number and port that flannel's VXLAN has. */
const networkIdentifier = 1;
const port = 8472;
/** Administratively scoped (RFC 2365): where the hosts of an overlay ask for each other. */
const group = "239.255.0.1";

/** The overlay device's name, until it is the container's. */
const temporaryName = "overlay0";

/** What an overlay's device lies between. */
export interface OverlayEnds {
  /** Words before a command that run it in the host's network namespace. */
  readonly host: Command;
  /** The host's device on the network, and its address there. */
  readonly device: string;
  readonly hostAddress: string;
  /** Name of the container's network namespace; made here. */
  readonly container: string;
  /** Words before a command that run it there. */
  readonly inside: Command;
  readonly address: string;
  readonly subnet: string;
}

/**
 * Commands that put a container on the overlay: a VXLAN device of its host, handed into the container. Its packets
 * travel inside UDP packets of the host, as flannel's do.
 */
export function overlayCommands(ends: OverlayEnds): Command[] {
  const { host, device, hostAddress, container, inside, address, subnet } = ends;
  const kind = ["type", "vxlan", "id", String(networkIdentifier), "dstport", String(port)];
  const where = ["group", group, "dev", device, "local", hostAddress];
  const own = `${address}/${String(prefixLengthOf(subnet))}`;
  return [
    ["ip", "netns", "add", container],
    [...host, "ip", "link", "add", temporaryName, "mtu", String(overlayMtuBytes), ...kind, ...where],
    [...host, "ip", "link", "set", temporaryName, "netns", container],
    [...inside, "ip", "link", "set", temporaryName, "name", deviceName],
    [...inside, "ip", "address", "add", own, "dev", deviceName],
    [...inside, "ip", "link", "set", deviceName, "up"],
    [...inside, "ip", "link", "set", "lo", "up"],
  ];
}
