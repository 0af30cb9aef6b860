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

/** How numbers of single requests are distributed. */
export const distributionSchema = z.strictObject({
  /** Such as `responseTime`, `prediction`, `imports`. */
  metric: z.string(),
  ...summarySchema.shape,
  percentiles: z.array(
    z.strictObject({
      /** As a fraction, such as 0.99. */
      p: z.number().gt(0).lt(1),
      value: z.number().nullable(),
      interval: intervalSchema.nullable(),
      reason: z.string().nullable(),
    }),
  ),
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

/** What the extra time of a slowdown went into; see `interferenceOf`. */
export const causeSchema = z.enum([
  "CPU time",
  "waiting for a CPU",
  "waiting for storage",
  "waiting for memory",
  "the rest",
]);

/** What a series lost beside other programs, and to what. */
export const interferenceSchema = z.strictObject({
  environment,
  /** Played beside other programs. */
  series: z.string(),
  /** The same work, played while they were idle. */
  alone: z.string(),
  /** Throughput beside ÷ alone: below 1 is slower. */
  ratio: z.number().nullable(),
  interval: intervalSchema.nullable(),
  /** Pairs of blocks. */
  n: z.number().int().nonnegative(),
  verdict: verdictSchema,
  reason: z.string().nullable(),
  /** The programs beside, by role, and how much work they did meanwhile. */
  background: z.array(z.strictObject({ role: z.string(), throughput: summarySchema })),
  /** Mean seconds per item beside − alone; null where there is no pair. */
  extraSecondsPerItem: z.number().nullable(),
  /** What they went into. They add up to them, when none is null; empty where there is no pair. */
  parts: z.array(
    z.strictObject({ cause: causeSchema, secondsPerItem: z.number().nullable(), reason: z.string().nullable() }),
  ),
  /** The part that carries at least half of a credible slowdown; null with a reason where none can be named. */
  cause: causeSchema.exclude(["the rest"]).nullable(),
  causeReason: z.string().nullable(),
  /** Means of the kernel's counters: names that end in `Fraction` are shares of time, all others are per item. */
  counters: z.array(z.strictObject({ counter: z.string(), beside: z.number(), alone: z.number() })),
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
          /** What became of its requests; left out where its blocks are not of requests. */
          requests: z
            .strictObject({
              /** How many: `sent`, of these `kept` and others by what became of them, and `coldStarts`. */
              counts: z.record(z.string(), z.number().int().nonnegative()),
              /** Of those that were kept. */
              distributions: z.array(distributionSchema),
            })
            .optional(),
        }),
      ),
    }),
  ),
  comparisons: z.array(comparisonSchema),
  /** What series lost beside other programs; left out where no series is held against one that is played alone. */
  interference: z.array(interferenceSchema).optional(),
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
/** How numbers of single requests are distributed. */
export type Distribution = z.infer<typeof distributionSchema>;
/** A 95 % interval and how it was made. */
export type Interval = z.infer<typeof intervalSchema>;
/** An environment against the baseline. */
export type Comparison = z.infer<typeof comparisonSchema>;
/** What a series lost beside other programs. */
export type Interference = z.infer<typeof interferenceSchema>;
/** What extra time went into. */
export type Cause = z.infer<typeof causeSchema>;
/** Whether the baseline held still. */
export type Drift = z.infer<typeof driftSchema>;
/** An environment that was asked for and that the target cannot have, and why. */
export type Skipped = z.infer<typeof skippedSchema>;
/** What a ratio means for speed. */
export type Verdict = z.infer<typeof verdictSchema>;
