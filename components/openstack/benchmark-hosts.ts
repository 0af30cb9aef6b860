import { Keypair } from "@pulumi/openstack/compute/keypair.js";
import { ServerGroup } from "@pulumi/openstack/compute/serverGroup.js";
import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { UnderlayError } from "../../measure/error.ts";
import { type PreparationArgs, PreparedHost } from "../remote/prepared-host.ts";
import { RemoteHost, type RemoteLoginArgs, type RemotePlaceArgs } from "../remote/remote-host.ts";
import type { Host } from "../host.ts";
import { BareMetalNode } from "./bare-metal-node.ts";
import { GpuVm } from "./gpu-vm.ts";
import type { ServerNetwork } from "./network.ts";
import type { Server } from "./server.ts";

/** Arguments of {@link BenchmarkHosts}. */
export interface BenchmarkHostsArgs {
  /** Which kind they are: `bare-metal` or `vm`. */
  readonly kind: "bare-metal" | "vm";
  /** How many: at least 1. @default 1 */
  readonly count?: number;
  /** Id of their flavor. */
  readonly flavorId: pulumi.Input<string>;
  /** Id of their image. */
  readonly imageId: pulumi.Input<string>;
  /** The network that they are on. */
  readonly network: ServerNetwork;
  /** Public key of whoever measures, as in a file of authorised keys. */
  readonly publicKey: string;
  /** How to log in. @default as `debian`, with the user's own keys */
  readonly login?: RemoteLoginArgs;
  /** Whether their image has cloud-init, whose end is then waited for. @default true */
  readonly cloudInit?: boolean;
  /** What the servers say of themselves, such as `owner`, `run` and `expires`, a date. @default nothing */
  readonly metadata?: Readonly<Record<string, pulumi.Input<string>>>;
  /** CPUs and memory of programs, and the network that the hosts share. @default all that they have, and none */
  readonly place?: Omit<RemotePlaceArgs, "hostName">;
  /** What they are brought before anybody measures on them. @default nothing: their image has it */
  readonly preparation?: PreparationArgs;
  /** Whether virtual machines are kept apart, as far as there are machines enough. @default true */
  readonly spread?: boolean;
}

/**
 * Hosts that a workload can be measured on: so many servers of one kind, each ready for its first visitor. Ready is: SSH
 * lets us in and shows the key that the server was given, cloud-init is done, `nvidia-smi` shows as many accelerators as
 * `login` asks for, and what they are to be brought is there.
 */
export class BenchmarkHosts extends ComponentResource {
  static readonly type = "underlay:openstack:BenchmarkHosts";
  /** The hosts, in order. */
  readonly hosts: readonly Host[];
  /** The servers that they are. */
  readonly servers: readonly Server[];

  constructor(name: string, args: BenchmarkHostsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(BenchmarkHosts.type, name, {}, opts);
    const {
      kind,
      count = 1,
      flavorId,
      imageId,
      network,
      publicKey,
      login = {},
      cloudInit = true,
      spread = true,
      metadata,
      place = {},
      preparation,
    } = args;
    if (!Number.isInteger(count) || count < 1) {
      throw new UnderlayError(
        "count-invalid",
        `count of "${name}" is ${String(count)}, but must be a whole number from 1 on.`,
      );
    }
    const own = { parent: this };
    const keyPair = new Keypair(`${name}-key`, { publicKey }, own).name;
    const apart =
      kind === "vm" && spread && count > 1
        ? { serverGroupId: new ServerGroup(`${name}-apart`, { policies: ["soft-anti-affinity"] }, own).id }
        : {};
    const Kind = kind === "vm" ? GpuVm : BareMetalNode;
    const servers = Array.from({ length: count }, (_, index) => {
      const given = { flavorId, imageId, network, keyPair, ...apart, ...(metadata === undefined ? {} : { metadata }) };
      return new Kind(`${name}-${String(index)}`, given, own);
    });
    this.servers = servers;
    this.hosts = servers.map(({ environment, address, hostKey }, index) => {
      const one = `${name}-${String(index)}`;
      const host = new RemoteHost(`${one}-host`, { environment, address, hostKey, login, cloudInit, ...place }, own);
      return preparation === undefined ? host : new PreparedHost(`${one}-prepared`, { on: host, ...preparation }, own);
    });
    this.registerOutputs({ addresses: servers.map(({ address }) => address) });
  }
}
