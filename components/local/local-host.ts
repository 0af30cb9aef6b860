import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import type { EnvironmentName, HostFacts } from "../../measure/facts.ts";
import type { Connection } from "../../provider/connection.ts";
import { type Run, Sandbox, type SandboxArgs, type Volume } from "../../provider/resources.ts";
import type { Host } from "../host.ts";

/** What every host on the machine at hand is given. */
export interface LocalHostArgs {
  /** The run that the host belongs to. */
  readonly run: Run;
  /** CPUs that the host may use: the first ones that this user may use. @default 1 */
  readonly cpus?: number;
  /** Memory of the host, in MiB. @default 3072 */
  readonly memoryMiB?: number;
  /** Folders of the machine at hand that the host sees, read only. @default none */
  readonly volumes?: readonly Volume[];
}

/** Memory of a host that does not ask for another amount, in MiB: a ResNet-50 training of small batches fits. */
export const defaultMemoryMiB = 3072;

type Own = Pick<SandboxArgs, "kind" | "environment" | "on" | "onFacts">;

/** A host on the machine at hand: a component around one sandbox. */
export abstract class LocalHost extends ComponentResource implements Host {
  readonly environment: EnvironmentName;
  readonly connection: pulumi.Output<Connection>;
  readonly facts: pulumi.Output<HostFacts>;
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
    const sandbox = new Sandbox(
      `${name}-sandbox`,
      {
        ...own,
        runId: args.run.runId,
        cpus: args.cpus ?? 1,
        memoryMiB: args.memoryMiB ?? defaultMemoryMiB,
        volumes: args.volumes ?? [],
      },
      { parent: this },
    );
    this.connection = sandbox.connection;
    this.facts = sandbox.facts;
    this.registerOutputs({ connection: this.connection, facts: this.facts });
  }
}
