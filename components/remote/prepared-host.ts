import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { UnderlayError } from "../../measure/error.ts";
import type { EnvironmentName, HostFacts } from "../../measure/facts.ts";
import type { Attachment } from "../../measure/network.ts";
import type { Connection } from "../../provider/connection.ts";
import { HostPreparation, type HostPreparationArgs } from "../../provider/remote/resources.ts";
import type { Run } from "../../provider/resources.ts";
import type { Host } from "../host.ts";

/** What a host is brought. */
export interface PreparationArgs {
  /** The run that it is prepared for. */
  readonly run: Run;
  /**
   * Framework whose locked packages it gets, in an environment of the login's own: `tensorflow` or `pytorch`, which is
   * locked for NVIDIA accelerators alone. Takes Python 3.11.
   * @default none: what it has is used
   */
  readonly framework?: "tensorflow" | "pytorch";
  /** Whether it gets podman, from its distribution. Takes root. @default false */
  readonly engine?: boolean;
  /** NVIDIA accelerators that it has: the packages, and the toolkit by which containers see them. @default 0 */
  readonly accelerators?: number;
}

/** Arguments of a {@link PreparedHost}. */
export interface PreparedHostArgs extends PreparationArgs {
  /** The host, such as a `RemoteHost`. */
  readonly on: Host;
}

/** The lock of a framework's packages. */
function lockOf(
  framework: "tensorflow" | "pytorch",
  accelerated: boolean,
): NonNullable<HostPreparationArgs["packages"]> {
  if (framework === "tensorflow") {
    return accelerated ? "workload-cuda" : "workload";
  }
  if (!accelerated) {
    throw new UnderlayError(
      "packages-unlocked",
      'framework is "pytorch" on hosts without accelerators, for which no packages are locked.',
      "Use tensorflow, give the hosts accelerators, or install PyTorch there yourself and prepare nothing.",
    );
  }
  return "workload-pytorch-cuda";
}

/** A host that exists, with the packages, the container engine and the toolkit that a workload needs. */
export class PreparedHost extends ComponentResource implements Host {
  static readonly type = "underlay:remote:PreparedHost";
  readonly environment: EnvironmentName;
  readonly connection: pulumi.Output<Connection>;
  readonly facts: pulumi.Output<HostFacts>;
  readonly containerConnection: pulumi.Output<Connection> | undefined;
  readonly attachment: pulumi.Output<Attachment> | undefined;

  constructor(name: string, args: PreparedHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super(PreparedHost.type, name, {}, opts);
    const { on, run, framework, engine = false, accelerators = 0 } = args;
    const packages = framework === undefined ? {} : { packages: lockOf(framework, accelerators > 0) };
    const made = new HostPreparation(
      `${name}-preparation`,
      {
        runId: run.runId,
        on: on.connection,
        onFacts: on.facts,
        engine,
        accelerators: accelerators > 0,
        ...packages,
      },
      { parent: this },
    );
    this.environment = on.environment;
    this.connection = made.connection;
    this.facts = made.facts;
    // Containers wait for the engine; they have nothing of the packages, and limits of their own.
    this.containerConnection = made.connection.apply(({ hops }) => ({ hops: hops.slice(0, 1) }));
    this.attachment = on.attachment;
    this.registerOutputs({ connection: this.connection, facts: this.facts, attachment: this.attachment });
  }
}
