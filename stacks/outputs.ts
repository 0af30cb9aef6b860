import type * as pulumi from "@pulumi/pulumi";
import type { Results, Skipped } from "../measure/results.ts";

/** What every stack exports. */
export interface StackOutputs {
  /** Measured results of the environments, and how they compare. */
  readonly results: pulumi.Output<Results>;
  /** Environments that were asked for and cannot be had here, with the reason. */
  readonly skipped: readonly Skipped[];
}
