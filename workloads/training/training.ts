import type * as pulumi from "@pulumi/pulumi";
import { InputPropertyError } from "@pulumi/pulumi/errors.js";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import type { Host } from "../../components/host.ts";
import type { EnvironmentName } from "../../measure/facts.ts";
import type { Results, Skipped } from "../../measure/results.ts";
import { type MeasuredCompanion, type MeasuredHost, Measurement, type Run } from "../../provider/resources.ts";
import { trainingPlan, type TrainingPlanArgs, trainingRoles } from "./plan.ts";

/** The hosts of one environment, the one that leads first. */
export type HostGroup = readonly [Host, ...Host[]];

const groupOf = (hosts: Host | HostGroup): HostGroup => ("environment" in hosts ? [hosts] : hosts);

function measured([leader, ...others]: HostGroup): MeasuredHost {
  const companion = ({ connection, facts, attachment }: Host): MeasuredCompanion => ({
    connection,
    facts,
    ...(attachment === undefined ? {} : { attachment }),
  });
  return {
    environment: leader.environment,
    ...companion(leader),
    ...(others.length === 0 ? {} : { companions: others.map(companion) }),
  };
}

/** Arguments of a {@link Training}. */
export interface TrainingArgs extends TrainingPlanArgs {
  /** The run that the training belongs to. */
  readonly run: Run;
  /**
   * Hosts that train, per environment: one, or as many as `trainingRoles` names, in that order. Those of a distributed
   * training share a network.
   */
  readonly hosts: readonly (Host | HostGroup)[];
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
    const groups = args.hosts.map(groupOf);
    const [first] = groups;
    if (first === undefined) {
      throw new InputPropertyError({ propertyPath: "hosts", reason: "must name at least one host" });
    }
    const roles = trainingRoles(args);
    if (groups.some((group) => group.length !== roles.length)) {
      const reason = `must give each environment a host for ${roles.join(", ")}`;
      throw new InputPropertyError({ propertyPath: "hosts", reason });
    }
    const measurement = new Measurement(
      `${name}-measurement`,
      {
        runId: args.run.runId,
        hosts: groups.map(measured),
        skipped: args.skipped ?? [],
        baseline: args.baseline ?? first[0].environment,
        plan: trainingPlan(args),
        recordDirectory: args.recordDirectory ?? "out/records",
      },
      { parent: this },
    );
    this.results = measurement.results;
    this.registerOutputs({ results: this.results });
  }
}
