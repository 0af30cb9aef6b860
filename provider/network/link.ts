import { createHash } from "node:crypto";
import { type NetworkLink, prefixLengthOf } from "../../measure/network.ts";
import { bridgeCommands, bridgeName, type Command, inNamespace, namespacePath } from "./namespace.ts";

/** A host's end of its link. */
export const deviceName = "eth0";

/** Bytes of the largest packet on a link, as on Ethernet. */
const mtuBytes = 1500;

/** Name of the network's end of a sandbox's link: a device's name has 15 bytes at most, a sandbox's may have more. */
export function portName(sandbox: string): string {
  return `port-${createHash("sha256").update(sandbox).digest("hex").slice(0, 8)}`;
}

/**
 * Words that limit a rate: a token bucket of a millisecond, but two full packets at least, before a queue of 20 ms. A
 * smaller bucket would be late at every timer; a larger one lets bursts through that no such link would.
 *
 * @see https://man7.org/linux/man-pages/man8/tc-tbf.8.html
 */
function limitWords(rateMbitPerSec: number): string[] {
  const burst = Math.max(Math.ceil((rateMbitPerSec * 1e6) / 8 / 1000), 2 * mtuBytes + 100);
  return ["tbf", "rate", `${String(rateMbitPerSec)}mbit`, "burst", String(burst), "latency", "20ms"];
}

/** Commands that shape what a device sends: at a rate, and late where there is a latency. */
export function shapeCommands(path: string, device: string, rateMbitPerSec: number, latencyMs: number): Command[] {
  const add = ["tc", "qdisc", "add", "dev", device];
  if (latencyMs === 0) {
    return [inNamespace(path, [...add, "root", ...limitWords(rateMbitPerSec)])];
  }
  // What is under way at once must find room, or the delay would be a loss.
  const underWay = Math.ceil((rateMbitPerSec * 1000 * latencyMs) / 8 / mtuBytes) + 1000;
  const delay = ["netem", "limit", String(underWay), "delay", `${String(latencyMs)}ms`];
  return [
    inNamespace(path, [...add, "root", "handle", "1:", ...delay]),
    inNamespace(path, [...add, "parent", "1:1", "handle", "2:", ...limitWords(rateMbitPerSec)]),
  ];
}

/** What a link is made between. */
export interface LinkEnds {
  /** Name of the network's namespace. */
  readonly network: string;
  readonly port: string;
  /** Path of the host's network namespace. */
  readonly host: string;
}

/** Commands that make a link: rate and delay are held at both ends, out of the reach of what runs in the host. */
export function linkCommands(link: NetworkLink, { network, port, host }: LinkEnds): Command[] {
  const path = namespacePath(network);
  const quiet = ["mtu", String(mtuBytes)];
  return [
    inNamespace(path, ["ip", "link", "add", port, "type", "veth", "peer", "name", deviceName, "netns", host]),
    inNamespace(path, ["ip", "link", "set", port, ...quiet]),
    inNamespace(host, ["ip", "link", "set", deviceName, ...quiet]),
    ...shapeCommands(path, port, link.rateMbitPerSec, 0),
    ...shapeCommands(host, deviceName, link.rateMbitPerSec, link.latencyMs),
    inNamespace(path, ["ip", "link", "set", port, "master", bridgeName, "up"]),
  ];
}

/** Commands that give a device its address and put it to work. */
export function addressCommands(path: string, address: string, subnet: string): Command[] {
  return [
    inNamespace(path, ["ip", "address", "add", `${address}/${String(prefixLengthOf(subnet))}`, "dev", deviceName]),
    inNamespace(path, ["ip", "link", "set", deviceName, "up"]),
    inNamespace(path, ["ip", "link", "set", "lo", "up"]),
  ];
}

/** Commands that lead a guest's tap, in its monitor's namespace, to that namespace's link. */
export function tapCommands(path: string, tap: string): Command[] {
  return [
    ...bridgeCommands(path),
    inNamespace(path, ["ip", "link", "set", tap, "master", bridgeName, "up"]),
    inNamespace(path, ["ip", "link", "set", deviceName, "master", bridgeName, "up"]),
  ];
}
