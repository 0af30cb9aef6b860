import { z } from "zod";

const ipv4Pattern = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

/** The number that an IPv4 address is written for. */
function numberOf(address: string): number {
  return address.split(".").reduce((number, byte) => number * 256 + Number(byte), 0);
}

/** Length of a subnet's prefix, in bits. */
export function prefixLengthOf(subnet: string): number {
  return Number(subnet.split("/")[1]);
}

/** First address of a subnet, as a number, and how many addresses it has. */
function rangeOf(subnet: string): { first: number; size: number } {
  const size = 2 ** (32 - prefixLengthOf(subnet));
  const first = numberOf(subnet.split("/")[0] ?? "");
  return { first: first - (first % size), size };
}

/**
 * An address of a subnet, counted from its first.
 *
 * @param subnet such as `198.18.0.0/24`
 * @param index 1 is the first that a host may have
 * @returns null when the subnet has no host of that number: its first and last addresses are nobody's
 */
export function addressIn(subnet: string, index: number): string | null {
  const { first, size } = rangeOf(subnet);
  if (index < 1 || index > size - 2) {
    return null;
  }
  return [24, 16, 8, 0].map((shift) => Math.floor((first + index) / 2 ** shift) % 256).join(".");
}

/** Whether a host of a subnet may have this address. */
export function isHostOf(subnet: string, address: string): boolean {
  const { first, size } = rangeOf(subnet);
  const index = numberOf(address) - first;
  return index >= 1 && index <= size - 2;
}

/** Whether two subnets have an address in common. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

/** An Ethernet address that is its IPv4 address's own: locally administered, so that it is no vendor's. */
export function ethernetAddressOf(address: string): string {
  return ["02", "75", ...address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"))].join(":");
}

/** An IPv4 address, such as `198.18.0.1`. */
export const ipv4Schema = z.string().regex(ipv4Pattern, "must be an IPv4 address, such as `198.18.0.1`");

/** A range of IPv4 addresses for 2 to 65534 hosts. */
export const subnetSchema = z
  .string()
  .regex(/^[\d.]+\/(?:1[6-9]|2\d|30)$/, {
    error: "must be a range of IPv4 addresses from /16 to /30, such as `198.18.0.0/24`",
    abort: true,
  })
  .refine((subnet) => ipv4Pattern.test(subnet.split("/")[0] ?? ""), {
    error: "must begin with an IPv4 address",
    abort: true,
  })
  .refine(
    (subnet) => numberOf(subnet.split("/")[0] ?? "") === rangeOf(subnet).first,
    "must begin with the first address of its range",
  );

/** Ranges of a network that is not given others: those for benchmarks of networks (RFC 2544), which belong to nobody. */
export const defaultSubnets = { underlay: "198.18.0.0/24", overlay: "198.19.0.0/24" } as const;

/** What a network gives each host that joins it. */
export const networkLinkSchema = z.strictObject({
  /** Name of the network within its run. */
  name: z.string(),
  /** Rate of every host's link, in Mbit/s, in each direction on its own. */
  rateMbitPerSec: z.number(),
  /** Delay from any host to any other, one way, in ms. */
  latencyMs: z.number(),
  subnet: subnetSchema,
  /** Addresses of containers on the overlay. */
  overlaySubnet: subnetSchema,
});

/** What a network gives each host that joins it. */
export type NetworkLink = z.infer<typeof networkLinkSchema>;

/** How a container takes part: `vxlan`, on an overlay as flannel makes it, or `host`, by its host's own link. */
export const overlayKinds = ["vxlan", "host"] as const;

/** How a host takes part in a network. */
export const attachmentSchema = z.strictObject({
  /** Name of the network within its run. */
  network: z.string(),
  /** Name that the other hosts reach it by. */
  hostName: z.string(),
  /** Its address on the network; of a container, the address of its host. */
  address: ipv4Schema,
  /** Its address on the overlay, where that is another; the others reach it there. */
  overlayAddress: ipv4Schema.nullable(),
  /** `none` outside a container; `cluster` on the network that a cluster's pods share, however that is made. */
  overlay: z.enum(["none", ...overlayKinds, "cluster"]),
  /** Its network device inside. */
  device: z.string(),
  /** The other end of its link, in the network; empty where that is none of ours. */
  port: z.string(),
  /** Name of its network namespace on the machine at hand; null where a guest's kernel or another machine has it. */
  namespace: z.string().nullable(),
  /** Rate that its network was set to, in Mbit/s on the link, in each direction; null where it was there before. */
  rateMbitPerSec: z.number().nullable(),
  /** Delay that its network was set to, one way, in ms; null where it was there before. */
  latencyMs: z.number().nullable(),
});

/** How a host takes part in a network. */
export type Attachment = z.infer<typeof attachmentSchema>;

/** Address that the other hosts reach a host at. */
export function reachedAt({ address, overlayAddress }: Pick<Attachment, "address" | "overlayAddress">): string {
  return overlayAddress ?? address;
}
