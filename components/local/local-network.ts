import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { UnderlayError } from "../../measure/error.ts";
import { addressIn, defaultSubnets, isHostOf, type NetworkLink } from "../../measure/network.ts";
import { Network, type Run } from "../../provider/resources.ts";

/** Arguments of a {@link LocalNetwork}. */
export interface LocalNetworkArgs {
  /** The run that the network belongs to. */
  readonly run: Run;
  /** Rate of every host's link, in Mbit/s, in each direction on its own: 1 to 100000. @default 1000 */
  readonly rateMbitPerSec?: number;
  /** Delay from any host to any other, one way, in ms: 0 to 10000. Needs netem in the kernel. @default 0 */
  readonly latencyMs?: number;
  /** Addresses of its hosts, as a range from /16 to /30. @default "198.18.0.0/24" */
  readonly subnet?: string;
  /** Addresses of containers on its overlay. @default "198.19.0.0/24" */
  readonly overlaySubnet?: string;
}

/** A network between hosts on the machine at hand, which leads nowhere else. Needs root. */
export class LocalNetwork extends ComponentResource {
  static readonly type = "underlay:local:LocalNetwork";
  /** What each host that joins is given. */
  readonly link: pulumi.Output<NetworkLink>;
  readonly #subnets: Readonly<Record<"subnet" | "overlaySubnet", string>>;
  /** Who has which address. */
  readonly #owners = new Map<string, string>();

  constructor(name: string, args: LocalNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super(LocalNetwork.type, name, {}, opts);
    const { run, subnet = defaultSubnets.underlay, overlaySubnet = defaultSubnets.overlay, ...shape } = args;
    this.#subnets = { subnet, overlaySubnet };
    const network = new Network(
      `${name}-network`,
      { ...shape, subnet, overlaySubnet, runId: run.runId },
      { parent: this },
    );
    this.link = network.link;
    this.registerOutputs({ link: this.link });
  }

  /**
   * Gives a host an address: the next one that is free, in the order in which hosts are made, or the one it asks for.
   *
   * @param range which addresses: those of hosts, or those of containers on the overlay
   * @param host name of the host
   * @param wanted the address that it asks for
   * @throws UnderlayError `address-unavailable` when there is none left, or another has the one asked for
   */
  takeAddress(range: "subnet" | "overlaySubnet", host: string, wanted?: string): string {
    const subnet = this.#subnets[range];
    const address = wanted ?? this.#nextIn(subnet);
    const owner = address === null ? undefined : this.#owners.get(address);
    if (address === null || owner !== undefined || !isHostOf(subnet, address)) {
      const why = owner === undefined ? "" : `: it is that of "${owner}"`;
      throw new UnderlayError(
        "address-unavailable",
        address === null
          ? `The network has no address left in ${subnet} for "${host}".`
          : `"${host}" cannot have the address ${address}${why}.`,
        `Give a free address within ${subnet}, or the network a larger \`${range}\`.`,
      );
    }
    this.#owners.set(address, host);
    return address;
  }

  #nextIn(subnet: string): string | null {
    for (let index = 1; ; index += 1) {
      const address = addressIn(subnet, index);
      if (address === null || !this.#owners.has(address)) {
        return address;
      }
    }
  }
}
