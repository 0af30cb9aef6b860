import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import type { Endpoint } from "../../components/host.ts";
import type { Results } from "../../measure/results.ts";
import { Measurement, type Run } from "../../provider/resources.ts";
import { hostFactsOf } from "./facts.ts";
import { coldWaitSec, servingPlan, type ServingPlanArgs } from "./plan.ts";

/** Arguments of a {@link Serving}. */
export interface ServingArgs extends ServingPlanArgs {
  /** The run that the load belongs to. */
  readonly run: Run;
  /** Who serves predictions. */
  readonly endpoint: Endpoint;
  /**
   * Command that evicts the endpoint's instances, such as one that changes a variable of the function; where the endpoint
   * has a control of its own, that is used. @default ten minutes of waiting, as in Ishakian 2018
   */
  readonly evictBy?: readonly string[];
  /** Command that prints the endpoint's log with its REPORT lines. @default the log of the endpoint's control, if any */
  readonly reportsBy?: pulumi.Input<readonly string[]>;
  /** Folder for the record. @default "out/records", from the project's folder */
  readonly recordDirectory?: string;
}

/** Sends requests to an endpoint at times that were fixed in advance, and publishes what became of them. */
export class Serving extends ComponentResource {
  static readonly type = "underlay:workloads:Serving";
  /** Response times and their parts, by pattern of requests. */
  readonly results: pulumi.Output<Results>;

  constructor(name: string, args: ServingArgs, opts?: pulumi.ComponentResourceOptions) {
    super(Serving.type, name, {}, opts);
    const { run, endpoint, evictBy, reportsBy, recordDirectory = "out/records" } = args;
    const { control, environment, facts } = endpoint;
    const by = {
      url: endpoint.url.apply((url) => `${url}/predict`),
      eviction:
        control?.apply(({ socket }) => ({ by: "socket", path: socket })) ??
        (evictBy === undefined ? { by: "wait", seconds: coldWaitSec } : { by: "command", argv: evictBy }),
      reports:
        control?.apply(({ log }) => ({ from: "file", path: log })) ??
        (reportsBy === undefined ? null : { from: "command", argv: reportsBy }),
    };
    const model = facts.apply((known) => known.model.name);
    const measurement = new Measurement(
      `${name}-measurement`,
      {
        runId: run.runId,
        // The load comes from the machine at hand; what is measured is the function.
        hosts: [{ environment, connection: { hops: [] }, facts: facts.apply(hostFactsOf) }],
        baseline: environment,
        plan: servingPlan(args, by, { model, endpoint: facts }),
        recordDirectory,
      },
      { parent: this },
    );
    this.results = measurement.results;
    this.registerOutputs({ results: this.results });
  }
}
