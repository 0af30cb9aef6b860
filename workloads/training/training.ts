import type * as pulumi from "@pulumi/pulumi";
import { InputPropertyError } from "@pulumi/pulumi/errors.js";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import type { Host } from "../../components/host.ts";
import type { EnvironmentName } from "../../measure/facts.ts";
import type { Results, Skipped } from "../../measure/results.ts";
import { Measurement, type Run } from "../../provider/resources.ts";
import { trainingPlan, type TrainingPlanArgs } from "./plan.ts";

/** Arguments of a {@link Training}. */
export interface TrainingArgs extends TrainingPlanArgs {
  /** The run that the training belongs to. */
  readonly run: Run;
  /** Hosts that train, one per environment. */
  readonly hosts: readonly Host[];
  /** Environments that were asked for and cannot be had, with the reason. @default none */
  readonly skipped?: readonly Skipped[];
  /** Environment that the others are compared to. @default the first host's */
  readonly baseline?: EnvironmentName;
  /** Folder for the record. @default "out/records", from the project's folder */
  readonly recordDirectory?: string;
}

/** Trains an image classifier on every host, blocks interleaved, and publishes what it measured. */
export class Training extends ComponentResource {
  static readonly type = "underlay:workloads:Training";
  /** Throughput and elapsed time of every environment, and how they compare. */
  readonly results: pulumi.Output<Results>;

  constructor(name: string, args: TrainingArgs, opts?: pulumi.ComponentResourceOptions) {
    super(Training.type, name, {}, opts);
    const first = args.hosts[0];
    if (first === undefined) {
      throw new InputPropertyError({ propertyPath: "hosts", reason: "must name at least one host" });
    }
    const measurement = new Measurement(
      `${name}-measurement`,
      {
        runId: args.run.runId,
        hosts: args.hosts.map(({ environment, connection, facts }) => ({ environment, connection, facts })),
        skipped: args.skipped ?? [],
        baseline: args.baseline ?? first.environment,
        plan: trainingPlan(args),
        recordDirectory: args.recordDirectory ?? "out/records",
      },
      { parent: this },
    );
    this.results = measurement.results;
    this.registerOutputs({ results: this.results });
  }
}
