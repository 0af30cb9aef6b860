import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import type { EnvironmentName, HostFacts } from "../../measure/facts.ts";
import type { Attachment } from "../../measure/network.ts";
import type { Connection } from "../../provider/connection.ts";
import { SshHost } from "../../provider/resources.ts";
import type { Host } from "../host.ts";

/** How to log in at a remote host. */
export interface RemoteLoginArgs {
  /** User to log in as. @default "debian" */
  readonly user?: string;
  /** Port of its SSH server: 1 to 65535. @default 22 */
  readonly port?: number;
  /** Hosts to go through, as ssh's `ProxyJump` has them. @default none */
  readonly jump?: pulumi.Input<string>;
  /** File of the private key to log in with. @default what the user's agent and configuration offer */
  readonly identityFile?: string;
  /** File of the known hosts, as OpenSSH keeps it. @default the user's own */
  readonly knownHostsFile?: string;
  /** Accelerators that `nvidia-smi` has to show there, at least. @default 0 */
  readonly accelerators?: number;
  /** Longest time until it is ready, in seconds: 1 to 86400. @default 1800 */
  readonly readyTimeoutSec?: number;
}

/** CPUs and memory of a host that exists, and the network that it shares with others. */
export interface RemotePlaceArgs {
  /** CPUs that programs are pinned to, from `firstCpu` on. @default all that it has */
  readonly cpus?: number;
  /** The first of these, from 0. @default 0 */
  readonly firstCpu?: number;
  /** Most data of each program, in MiB: at least 64. @default all memory of the host */
  readonly memoryMiB?: number;
  /** Name of the network that it shares with the other hosts of a training. @default it shares none */
  readonly networkName?: string;
  /** What it is called on that network. @default its own name */
  readonly hostName?: string;
}

/** Arguments of a {@link RemoteHost}. */
export interface RemoteHostArgs extends RemotePlaceArgs {
  /** The environment that the host is. */
  readonly environment: EnvironmentName;
  /** Name or address. */
  readonly address: pulumi.Input<string>;
  /** How to log in. @default as `debian`, with the user's own keys */
  readonly login?: RemoteLoginArgs;
  /** Public key that the host has to show, without a comment. @default one of the known hosts */
  readonly hostKey?: pulumi.Input<string>;
  /** Whether to wait until cloud-init is done. @default false */
  readonly cloudInit?: boolean;
}

/** A host that exists, reached over the system's ssh: with its agent, its configuration, and keys that are checked. */
export class RemoteHost extends ComponentResource implements Host {
  static readonly type = "underlay:remote:RemoteHost";
  readonly environment: EnvironmentName;
  readonly connection: pulumi.Output<Connection>;
  readonly facts: pulumi.Output<HostFacts>;
  readonly containerConnection: pulumi.Output<Connection>;
  readonly attachment: pulumi.Output<Attachment> | undefined;

  constructor(name: string, args: RemoteHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super(RemoteHost.type, name, {}, opts);
    const { login = {}, hostKey, cloudInit = false, environment, address, cpus, firstCpu } = args;
    const { networkName, hostName = name, memoryMiB } = args;
    this.environment = environment;
    const { user = "debian", ...how } = login;
    const host = new SshHost(
      `${name}-ssh`,
      {
        ...{ environment, address, user, cloudInit, ...how },
        ...(hostKey === undefined ? {} : { hostKey }),
        ...(cpus === undefined ? {} : { cpus, firstCpu: firstCpu ?? 0 }),
        ...(memoryMiB === undefined ? {} : { memoryMiB }),
        ...(networkName === undefined ? {} : { network: { name: networkName, hostName } }),
      },
      { parent: this },
    );
    this.connection = host.connection;
    this.facts = host.facts;
    // A container engine holds its own limits: it is called by the first hop alone.
    this.containerConnection = host.connection.apply(({ hops }) => ({ hops: hops.slice(0, 1) }));
    this.attachment = networkName === undefined ? undefined : (host.attachment as pulumi.Output<Attachment>);
    this.registerOutputs({ connection: this.connection, facts: this.facts, attachment: this.attachment });
  }
}
