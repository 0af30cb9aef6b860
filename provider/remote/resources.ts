import type * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/pulumi/resource.js";
import type { HostFacts } from "../../measure/facts.ts";
import type { Attachment } from "../../measure/network.ts";
import type { Connection } from "../connection.ts";
import { resourceTypes } from "../resource-types.ts";

/** Arguments of a {@link HostPreparation}. */
export interface HostPreparationArgs {
  readonly runId: pulumi.Input<string>;
  /** The way into the host. */
  readonly on: pulumi.Input<Connection>;
  /** What was found on it before. */
  readonly onFacts: pulumi.Input<HostFacts>;
  /** Which lock its Python environment is made from. @default none is made */
  readonly packages?: "workload" | "workload-cuda" | "workload-pytorch-cuda" | undefined;
  /** Whether it has a container engine, podman. @default false */
  readonly engine?: boolean | undefined;
  /** Whether containers are given its NVIDIA accelerators. @default false */
  readonly accelerators?: boolean | undefined;
}

/** A host with what a workload needs: packages by a lock, a container engine, NVIDIA's container toolkit. */
export class HostPreparation extends CustomResource {
  /** How to run a command where `python3` is that of the packages. */
  declare readonly connection: pulumi.Output<Connection>;
  /** The host's facts, with the digest of the packages as that of its root. */
  declare readonly facts: pulumi.Output<HostFacts>;

  constructor(name: string, args: HostPreparationArgs, opts?: pulumi.CustomResourceOptions) {
    super(resourceTypes.hostPreparation, name, { ...args, name, connection: undefined, facts: undefined }, opts);
  }
}

/** Arguments of a {@link RemoteContainer}. */
export interface RemoteContainerArgs {
  readonly runId: pulumi.Input<string>;
  /** The environment that the container is. */
  readonly environment: "container-on-bare-metal" | "container-on-vm";
  /** The way into the host that it runs on. */
  readonly on: pulumi.Input<Connection>;
  /** Facts of that host. */
  readonly onFacts: pulumi.Input<HostFacts>;
  /** How that host takes part in the network that the container shares. @default it has none */
  readonly onAttachment?: pulumi.Input<Attachment | undefined> | undefined;
  /** Image of the shared root, as the host has it or pulls it. */
  readonly imageName: string;
  /** CPUs that it is pinned to, from `firstCpu` on. */
  readonly cpus: number;
  /** The first of these, from 0. @default 0 */
  readonly firstCpu?: number | undefined;
  /** Memory limit, in MiB. @default that of the host */
  readonly memoryMiB?: number | undefined;
  /** Whether it has the host's NVIDIA accelerators, all of them. @default false */
  readonly accelerators?: boolean | undefined;
}

/** A container of podman on a host that exists. */
export class RemoteContainer extends CustomResource {
  declare readonly connection: pulumi.Output<Connection>;
  declare readonly facts: pulumi.Output<HostFacts>;
  declare readonly attachment: pulumi.Output<Attachment | undefined>;

  constructor(name: string, args: RemoteContainerArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { connection: undefined, facts: undefined, attachment: undefined };
    super(resourceTypes.remoteContainer, name, { ...args, ...outputs, name }, opts);
  }
}
