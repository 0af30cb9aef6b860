import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { UnderlayError } from "../../measure/error.ts";
import type { HostFacts } from "../../measure/facts.ts";
import type { Attachment } from "../../measure/network.ts";
import type { Connection } from "../../provider/connection.ts";
import { RemoteContainer } from "../../provider/remote/resources.ts";
import type { Run } from "../../provider/resources.ts";
import type { Host } from "../host.ts";

/** Arguments of a {@link RemoteContainerHost}. */
export interface RemoteContainerHostArgs {
  /** The run that it belongs to. */
  readonly run: Run;
  /** The host that it runs on: bare metal or a virtual machine that exists, with podman. */
  readonly on: Host;
  /** Image of the shared root, as the host has it or pulls it. */
  readonly image: string;
  /** CPUs that it is pinned to, from `firstCpu` on. */
  readonly cpus: number;
  /** The first of these, from 0. @default 0 */
  readonly firstCpu?: number;
  /** Memory limit, in MiB: at least 64. @default that of the host */
  readonly memoryMiB?: number;
  /** Whether it has the host's NVIDIA accelerators, all of them. @default false */
  readonly accelerators?: boolean;
}

const environments = { "bare-metal": "container-on-bare-metal", vm: "container-on-vm" } as const;

/** A container of podman on a host that exists. Programs that train together are on their hosts' own network. */
export class RemoteContainerHost extends ComponentResource implements Host {
  static readonly type = "underlay:remote:RemoteContainerHost";
  readonly environment: "container-on-bare-metal" | "container-on-vm";
  readonly connection: pulumi.Output<Connection>;
  readonly facts: pulumi.Output<HostFacts>;
  readonly containerConnection = undefined;
  readonly attachment: pulumi.Output<Attachment> | undefined;

  constructor(name: string, args: RemoteContainerHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super(RemoteContainerHost.type, name, {}, opts);
    const { run, on, image, cpus, firstCpu = 0, memoryMiB, accelerators = false } = args;
    if ((on.environment !== "bare-metal" && on.environment !== "vm") || on.containerConnection === undefined) {
      throw new UnderlayError(
        "host-unsuitable",
        `The container "${name}" cannot run on "${on.environment}" of this machine.`,
        "Give a host that exists as `on`: a RemoteHost, or one of BenchmarkHosts.",
      );
    }
    this.environment = environments[on.environment];
    const container = new RemoteContainer(
      `${name}-container`,
      {
        ...{ runId: run.runId, environment: this.environment, imageName: image, cpus, firstCpu, accelerators },
        ...{ on: on.containerConnection, onFacts: on.facts },
        ...(on.attachment === undefined ? {} : { onAttachment: on.attachment }),
        ...(memoryMiB === undefined ? {} : { memoryMiB }),
      },
      { parent: this },
    );
    this.connection = container.connection;
    this.facts = container.facts;
    this.attachment = on.attachment === undefined ? undefined : (container.attachment as pulumi.Output<Attachment>);
    this.registerOutputs({ connection: this.connection, facts: this.facts, attachment: this.attachment });
  }
}
