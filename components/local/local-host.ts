import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import type { EnvironmentName, HostFacts } from "../../measure/facts.ts";
import type { Attachment } from "../../measure/network.ts";
import type { Connection } from "../../provider/connection.ts";
import { type Joining, type Run, Sandbox, type SandboxArgs, type Volume } from "../../provider/resources.ts";
import type { Host } from "../host.ts";
import type { LocalNetwork } from "./local-network.ts";

/** How a host joins a network. */
export interface HostNetworkArgs {
  /** The network. */
  readonly network: LocalNetwork;
  /** Its address there. @default the next one that is free */
  readonly address?: string;
  /** Name that the other hosts of the network reach it by. @default the host's own name */
  readonly hostName?: string;
}

/** What every host on the machine at hand is given. */
export interface LocalHostArgs {
  /** The run that the host belongs to. */
  readonly run: Run;
  /** CPUs that the host may use: as many of those that this user may use, from `firstCpu` on. @default 1 */
  readonly cpus?: number;
  /** Its first CPU, counted from 0 over those that this user may use; after the last comes the first. @default 0 */
  readonly firstCpu?: number;
  /** Memory of the host, in MiB. @default 3072 */
  readonly memoryMiB?: number;
  /** Folders of the machine at hand that the host sees, read only. @default none */
  readonly volumes?: readonly Volume[];
  /** The network that the host joins. @default none at all */
  readonly network?: HostNetworkArgs;
}

/** Memory of a host that does not ask for another amount, in MiB: a ResNet-50 training of small batches fits. */
export const defaultMemoryMiB = 3072;

interface Own extends Pick<SandboxArgs, "kind" | "environment" | "on" | "onFacts" | "onAttachment"> {
  readonly overlay?: "vxlan" | "host";
}

/** How a host's sandbox joins the network that the host was given, with an address of its own. */
function joining(
  name: string,
  { network, address, hostName = name }: HostNetworkArgs,
  overlay: Own["overlay"],
): Joining {
  const { link } = network;
  if (overlay === "host") {
    return { link, hostName, overlay, address };
  }
  const own = network.takeAddress(overlay === undefined ? "subnet" : "overlaySubnet", name, address);
  return { link, hostName, address: own, ...(overlay === undefined ? {} : { overlay }) };
}

/** A host on the machine at hand: a component around one sandbox. */
export abstract class LocalHost extends ComponentResource implements Host {
  readonly environment: EnvironmentName;
  readonly connection: pulumi.Output<Connection>;
  readonly facts: pulumi.Output<HostFacts>;
  readonly attachment: pulumi.Output<Attachment> | undefined;
  abstract readonly containerConnection: pulumi.Output<Connection> | undefined;

  protected constructor(
    type: string,
    name: string,
    args: LocalHostArgs,
    own: Own,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(type, name, {}, opts);
    this.environment = own.environment;
    const { overlay, ...sandboxOwn } = own;
    const network = args.network === undefined ? {} : { network: joining(name, args.network, overlay) };
    const sandbox = new Sandbox(
      `${name}-sandbox`,
      {
        ...sandboxOwn,
        ...network,
        runId: args.run.runId,
        cpus: args.cpus ?? 1,
        firstCpu: args.firstCpu ?? 0,
        memoryMiB: args.memoryMiB ?? defaultMemoryMiB,
        volumes: args.volumes ?? [],
      },
      { parent: this },
    );
    this.connection = sandbox.connection;
    this.facts = sandbox.facts;
    this.attachment = args.network === undefined ? undefined : (sandbox.attachment as pulumi.Output<Attachment>);
    this.registerOutputs({ connection: this.connection, facts: this.facts, attachment: this.attachment });
  }
}
