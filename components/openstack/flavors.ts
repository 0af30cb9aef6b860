import { Flavor } from "@pulumi/openstack/compute/flavor.js";
import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { UnderlayError } from "../../measure/error.ts";

/** Arguments of a {@link GpuFlavor}. */
export interface GpuFlavorArgs {
  /** Virtual CPUs: at least 1. */
  readonly vcpus: number;
  /** Memory, in MiB. */
  readonly memoryMiB: number;
  /** Root disk, in GiB; 0 is that of the image. @default 40 */
  readonly diskGiB?: number;
  /** Alias of the PCI devices, as nova.conf has it. @default none: a VM without a GPU */
  readonly pciAlias?: string;
  /** Devices that each VM is given whole: at least 1 with an alias, 0 without. @default 1 with an alias */
  readonly gpus?: number;
  /** Whether each virtual CPU has a CPU of its own. @default true */
  readonly pinCpus?: boolean;
  /** NUMA nodes that the VM is spread over and sees. @default 1 */
  readonly numaNodes?: number;
  /** Size of its memory's pages: `small`, `large`, `any`, or one such as `1GB`. @default "large" */
  readonly pageSize?: string;
}

/** Which devices, and how many of them; Nova takes no alias without a count, and says so only when a server is made. */
function passthrough({ pciAlias, gpus = pciAlias === undefined ? 0 : 1 }: GpuFlavorArgs): Record<string, string> {
  if (gpus > 0 && pciAlias === undefined) {
    throw new UnderlayError(
      "flavor-invalid",
      `gpus is ${String(gpus)}, but no pciAlias says which.`,
      "Ask the cloud's operator.",
    );
  }
  if (pciAlias !== undefined && !(Number.isInteger(gpus) && gpus > 0)) {
    throw new UnderlayError(
      "flavor-invalid",
      `gpus is ${String(gpus)}, but pciAlias is "${pciAlias}": of its devices there is at least 1.`,
      "Leave out pciAlias for virtual machines without a GPU.",
    );
  }
  return pciAlias === undefined ? {} : { "pci_passthrough:alias": `${pciAlias}:${String(gpus)}` };
}

/** A flavor of virtual machines with whole GPUs. Making flavors takes an administrator; others give a flavor's id. */
export class GpuFlavor extends ComponentResource {
  static readonly type = "underlay:openstack:GpuFlavor";
  /** For a server. */
  readonly flavorId: pulumi.Output<string>;
  /** Its name, which Magnum wants. */
  readonly flavorName: pulumi.Output<string>;

  constructor(name: string, args: GpuFlavorArgs, opts?: pulumi.ComponentResourceOptions) {
    super(GpuFlavor.type, name, {}, opts);
    const { vcpus, memoryMiB, diskGiB = 40, pinCpus = true, numaNodes = 1, pageSize = "large" } = args;
    const extraSpecs = {
      ...passthrough(args),
      "hw:cpu_policy": pinCpus ? "dedicated" : "shared",
      "hw:numa_nodes": String(numaNodes),
      "hw:mem_page_size": pageSize,
    };
    const flavor = new Flavor(`${name}-flavor`, { vcpus, ram: memoryMiB, disk: diskGiB, extraSpecs }, { parent: this });
    this.flavorId = flavor.id;
    this.flavorName = flavor.name;
    this.registerOutputs({ flavorId: this.flavorId, flavorName: this.flavorName });
  }
}

/** Arguments of a {@link BareMetalFlavor}. */
export interface BareMetalFlavorArgs {
  /** Resource class of the nodes in Ironic, such as `baremetal.h100`. */
  readonly resourceClass: string;
  /** Traits that a node must have, such as `CUSTOM_GPU_H100`. @default none */
  readonly traits?: readonly string[];
  /** Capabilities that a node must have, such as `{ boot_mode: "uefi" }`. @default none */
  readonly capabilities?: Readonly<Record<string, string>>;
}

/** A flavor of whole machines: one of a resource class, and nothing of what virtual machines share. */
export class BareMetalFlavor extends ComponentResource {
  static readonly type = "underlay:openstack:BareMetalFlavor";
  /** For a server. */
  readonly flavorId: pulumi.Output<string>;
  /** Its name, which Magnum wants. */
  readonly flavorName: pulumi.Output<string>;

  constructor(name: string, args: BareMetalFlavorArgs, opts?: pulumi.ComponentResourceOptions) {
    super(BareMetalFlavor.type, name, {}, opts);
    const { resourceClass, traits = [], capabilities = {} } = args;
    // Placement knows Ironic's classes by this name.
    const known = `CUSTOM_${resourceClass.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
    const extraSpecs = {
      [`resources:${known}`]: "1",
      ...Object.fromEntries(["VCPU", "MEMORY_MB", "DISK_GB"].map((shared) => [`resources:${shared}`, "0"])),
      ...Object.fromEntries(traits.map((trait) => [`trait:${trait}`, "required"])),
      ...Object.fromEntries(Object.entries(capabilities).map(([key, value]) => [`capabilities:${key}`, value])),
    };
    // Quotas count what stands here, whatever the machine has: the least there is.
    const flavor = new Flavor(`${name}-flavor`, { vcpus: 1, ram: 512, disk: 1, extraSpecs }, { parent: this });
    this.flavorId = flavor.id;
    this.flavorName = flavor.name;
    this.registerOutputs({ flavorId: this.flavorId, flavorName: this.flavorName });
  }
}
