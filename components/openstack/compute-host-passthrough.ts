import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { type ComputeCard, ComputePassthrough } from "../../provider/passthrough/resources.ts";
import type { Host } from "../host.ts";

/** Arguments of a {@link ComputeHostPassthrough}. */
export interface ComputeHostPassthroughArgs {
  /** The compute host, such as a `RemoteHost`, whose user may become root. */
  readonly host: Host;
  /** Kinds of PCI device, as `lspci -nn` has them: `10de:2330` is NVIDIA's H100. */
  readonly devices: readonly string[];
  /** Name that flavors ask for them by, as `pciAlias` of a `GpuFlavor`. */
  readonly alias: string;
  /** Whether the user becomes root by `sudo`, without being asked for a password. @default true */
  readonly sudo?: boolean;
}

/**
 * Prepares a compute host of Debian or Ubuntu for handing whole cards to virtual machines: the IOMMU, vfio-pci and Nova's
 * `[pci]`, in files of their own. It refuses to touch a card that somebody uses, and all of it is taken back when it is
 * deleted. It boots nothing: `rebootNeeded` says whether somebody has to.
 */
export class ComputeHostPassthrough extends ComponentResource {
  static readonly type = "underlay:openstack:ComputeHostPassthrough";
  /** The cards, each with the driver that has it. */
  readonly cards: pulumi.Output<readonly ComputeCard[]>;
  /** What `[pci] alias` has to be where Nova's API runs, one for each kind of card. */
  readonly aliases: pulumi.Output<readonly string[]>;
  /** Whether the host has to be booted before guests can be given the cards. */
  readonly rebootNeeded: pulumi.Output<boolean>;

  constructor(name: string, args: ComputeHostPassthroughArgs, opts?: pulumi.ComponentResourceOptions) {
    super(ComputeHostPassthrough.type, name, {}, opts);
    const { host, devices, alias, sudo } = args;
    const made = new ComputePassthrough(
      `${name}-cards`,
      { connection: host.connection, devices, alias, sudo },
      // Another way may lead to the same host: what was done is taken back before it is done anew.
      { parent: this, deleteBeforeReplace: true },
    );
    this.cards = made.cards;
    this.aliases = made.aliases;
    this.rebootNeeded = made.rebootNeeded;
    this.registerOutputs({ cards: this.cards, aliases: this.aliases, rebootNeeded: this.rebootNeeded });
  }
}
