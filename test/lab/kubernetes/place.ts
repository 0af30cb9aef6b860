// Where the lab is: its addresses, its folders, and what it is called.
import { join } from "node:path";

/**
 * Which of the two nodes that a machine may have: the lab's own, or, where this variable is set, the one that the lab of
 * OpenStack brings up for its clusters.
 */
const ofOpenStack = process.env["UNDERLAY_LAB_OF_OPENSTACK"] !== undefined;

/** Name of its network namespace, its control groups and its node. */
export const labName = ofOpenStack ? "underlay-lab-cluster" : "underlay-lab-kubernetes";

/** The machine's end of the link into the namespace, and the node's; addresses are those for benchmarks (RFC 2544). */
export const link = {
  outside: ofOpenStack
    ? { device: "underlay-lab2", address: "198.19.255.9" }
    : { device: "underlay-lab1", address: "198.19.255.5" },
  inside: { device: "node0", address: ofOpenStack ? "198.19.255.10" : "198.19.255.6" },
  prefix: 30,
};

/** Addresses of pods, and of services. */
export const ranges = { pods: "10.244.0.0/24", services: "10.96.0.0/16", firstService: "10.96.0.1" } as const;

/** Where its API is. */
export const server = `https://${link.inside.address}:6443`;

/** GPUs of its node, none of which exists. */
export const simulatedGpus = 2;

/** Folder of its state as its own processes see it. */
export const inside = "/mnt/state";

/** What a file of its state is called inside. */
export function within(...names: string[]): string {
  return join(inside, ...names);
}
