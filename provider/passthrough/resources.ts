import type * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/pulumi/resource.js";
import type { Connection } from "../connection.ts";
import { resourceTypes } from "../resource-types.ts";

/** Arguments of a {@link ComputePassthrough}. */
export interface ComputePassthroughArgs {
  /** The way into the compute host. */
  readonly connection: pulumi.Input<Connection>;
  /** Kinds of PCI device, as `vendor:product` in lower-case hexadecimal digits. */
  readonly devices: readonly string[];
  /** Name that flavors ask for them by. */
  readonly alias: string;
  /** Whether the user becomes root by `sudo`, without being asked for a password. @default true */
  readonly sudo?: boolean | undefined;
}

/** A card of a compute host, and the kernel's driver that has it. */
export interface ComputeCard {
  readonly address: string;
  /** Such as `vfio-pci`; `none` without any. */
  readonly driver: string;
}

/** Cards of a compute host that guests are given, for as long as the resource stands. */
export class ComputePassthrough extends CustomResource {
  declare readonly cards: pulumi.Output<readonly ComputeCard[]>;
  /** What `[pci] alias` of the API's nova.conf has to be, one for each kind of card. */
  declare readonly aliases: pulumi.Output<readonly string[]>;
  /** Whether the host has to be booted before guests can be given the cards. */
  declare readonly rebootNeeded: pulumi.Output<boolean>;

  constructor(name: string, args: ComputePassthroughArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { cards: undefined, aliases: undefined, rebootNeeded: undefined };
    super(resourceTypes.computePassthrough, name, { ...args, ...outputs, name }, opts);
  }
}
