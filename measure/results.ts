import { z } from "zod";
import { environmentNames, hostFactsSchema } from "./facts.ts";
import { sharedByHostsShape } from "./record.ts";

/** Version of the results format. */
export const resultsSchemaVersion = 1;

const environment = z.enum(environmentNames);

/** An interval with its confidence level. */
export const intervalSchema = z.strictObject({
  low: z.number(),
  high: z.number(),
  level: z.literal(0.95),
  /** How it was made, such as `studentised bootstrap, 9,999 resamples`. */
  method: z.string(),
});

/** A number that may be missing: null always carries its reason. */
export const summarySchema = z.strictObject({
  unit: z.string(),
  n: z.number().int().nonnegative(),
  median: z.number().nullable(),
  mean: z.number().nullable(),
  standardDeviation: z.number().nullable(),
  interval: intervalSchema.nullable(),
  /** Why something above is null; null when nothing is. */
  reason: z.string().nullable(),
});

/** What a ratio to the baseline means for speed, whichever way the metric points. */
export const verdictSchema = z.enum(["slower", "no credible difference", "faster", "cannot tell"]);

/** The metrics that are compared. */
export const metricSchema = z.enum(["throughput", "elapsed"]);

/** An environment against the baseline, in one metric of one series. */
export const comparisonSchema = z.strictObject({
  environment,
  baseline: environment,
  series: z.string(),
  metric: metricSchema,
  /** environment ÷ baseline. Throughput: below 1 is slower. Elapsed time: above 1 is slower. */
  ratio: z.number().nullable(),
  interval: intervalSchema.nullable(),
  n: z.number().int().nonnegative(),
  verdict: verdictSchema,
  reason: z.string().nullable(),
});

/** Whether the baseline held still: last third of its blocks against the first third. */
export const driftSchema = z.strictObject({
  series: z.string(),
  ratio: z.number().nullable(),
  interval: intervalSchema.nullable(),
  verdict: z.enum(["steady", "drifted", "cannot tell"]),
  reason: z.string().nullable(),
});

/** An environment that was asked for and that the target cannot have, and why. */
export const skippedSchema = z.strictObject({ environment, reason: z.string() });

/** The small, typed summary of a record: what a stack exports as `results`. */
export const resultsSchema = z.strictObject({
  schemaVersion: z.literal(resultsSchemaVersion),
  runId: z.string(),
  status: z.enum(["complete", "partial", "cancelled"]),
  workload: z.string(),
  options: z.record(z.string(), z.unknown()),
  profile: z.string(),
  baseline: environment,
  environments: z.array(
    z.strictObject({
      environment,
      /** Of the host that leads. */
      facts: hostFactsSchema,
      ...sharedByHostsShape,
      series: z.array(
        z.strictObject({
          series: z.string(),
          /** Items per second over the timed steps. */
          throughput: summarySchema,
          /** Seconds from launch to end, idle waiting left out. */
          elapsed: summarySchema,
        }),
      ),
    }),
  ),
  comparisons: z.array(comparisonSchema),
  drift: z.array(driftSchema),
  /** Environments that were asked for and that the target cannot have. */
  skipped: z.array(skippedSchema),
  failures: z.array(z.strictObject({ environment, code: z.string(), message: z.string() })),
  record: z.strictObject({ path: z.string(), sha256: z.string() }),
});

/** What a stack exports as `results`. */
export type Results = z.infer<typeof resultsSchema>;
/** Summary of one metric of one environment. */
export type Summary = z.infer<typeof summarySchema>;
/** A 95 % interval and how it was made. */
export type Interval = z.infer<typeof intervalSchema>;
/** An environment against the baseline. */
export type Comparison = z.infer<typeof comparisonSchema>;
/** Whether the baseline held still. */
export type Drift = z.infer<typeof driftSchema>;
/** An environment that was asked for and that the target cannot have, and why. */
export type Skipped = z.infer<typeof skippedSchema>;
/** What a ratio means for speed. */
export type Verdict = z.infer<typeof verdictSchema>;
