import { z } from "zod";
import { environmentNames, hostFactsSchema } from "./facts.ts";
import { networkFactsSchema } from "./network-facts.ts";

/** Version of the record format; grows when a reader of an older one would misread a newer one. */
export const recordSchemaVersion = 1;

const environment = z.enum(environmentNames);
const at = z.iso.datetime();
/** Seconds on a monotonic clock. */
const seconds = z.number().nonnegative();
const round = z.number().int().nonnegative();

/** A host beside the one that leads. */
export const companionSchema = z.strictObject({
  /** What it does for the workload, such as `parameter-server`. */
  role: z.string(),
  facts: hostFactsSchema,
});
/** A host beside the one that leads. */
export type Companion = z.infer<typeof companionSchema>;

/** What there is to say of an environment that has several hosts; left out where it has one. */
export const sharedByHostsShape = {
  /** The hosts beside the one that leads. */
  companions: z.array(companionSchema).optional(),
  /** What was measured between its hosts before the first launch; left out where they share no network. */
  network: z.array(networkFactsSchema).optional(),
};

/** Which blocks are played: a series is one variant of the workload's blocks, such as `synthetic` or `photographs`. */
export const scheduleParametersSchema = z.strictObject({
  /** Seed of the order. The same seed and environments give the same order. */
  seed: z.number().int().nonnegative(),
  /** Launches per environment: each round launches a session everywhere, plays its blocks and stops it. */
  rounds: z.number().int().positive(),
  /**
   * Whether environments take turns within a round, each from its launch to its stop, where their sessions do not fit
   * into one memory; left out where all are launched and their blocks interleaved.
   */
  inTurn: z.literal(true).optional(),
  /** Blocks of each series per environment and round. */
  series: z.array(
    z.strictObject({
      name: z.string(),
      blocksPerRound: z.number().int().positive(),
      /** Steps per block. */
      steps: z.number().int().positive(),
      /**
       * The series of the same work that is played while the hosts beside are idle: its blocks of equal round and index
       * are the pairs that tell what they cost. Left out where there is none.
       */
      alone: z.string().optional(),
    }),
  ),
});
/** Which blocks are played, in which seeded order. */
export type ScheduleParameters = z.infer<typeof scheduleParametersSchema>;

/** First line of a record: what was run. */
export const runLineSchema = z.strictObject({
  type: z.literal("run"),
  schemaVersion: z.literal(recordSchemaVersion),
  runId: z.string(),
  at,
  /** Version of underlay that wrote the record. */
  underlay: z.string(),
  workload: z.string(),
  /** The workload's options, as its program was given them. */
  options: z.record(z.string(), z.unknown()),
  /** SHA-256 over the workload's program files. */
  programDigest: z.string(),
  profile: z.string(),
  baseline: environment,
  schedule: scheduleParametersSchema,
  /**
   * Whether its programs followed a fixed plan in a queue, without anybody to tell them when: blocks of environments are
   * then not next to each other in time, and times of the host are those of its log. Left out where sessions were open.
   */
  queued: z.literal(true).optional(),
});
/** First line of a record. */
export type RunLine = z.infer<typeof runLineSchema>;

/** One environment of the run, before its first launch. */
export const environmentLineSchema = z.strictObject({
  type: z.literal("environment"),
  environment,
  /** Of the host that leads. */
  facts: hostFactsSchema,
  ...sharedByHostsShape,
});

/** An environment that was asked for and that the target cannot have. */
export const skippedLineSchema = z.strictObject({
  type: z.literal("skipped"),
  environment,
  reason: z.string(),
});

/** A session became ready. */
export const launchLineSchema = z.strictObject({
  type: z.literal("launch"),
  environment,
  round,
  at,
  /** From the start of the program to its readiness, measured on the host. */
  seconds,
  /** The part of `seconds` before the program's first statement: what the way into the environment costs. */
  startSeconds: seconds,
  /** The program's own parts of the launch, such as `import`, `build`, `warmUp`. */
  parts: z.record(z.string(), seconds),
  /** What the program found around itself: versions, affinity, limits. */
  facts: z.record(z.string(), z.unknown()),
});

/** What a block of requests tells besides; a block of steps that are all alike has none of it. */
export const requestNumbersShape = {
  /** How many there were of what, such as `sent`, `failed`, `coldStarts`. */
  counts: z.record(z.string(), z.number().int().nonnegative()).optional(),
  /** Further numbers of each step, by name; null where a step has none. In seconds, unless the name ends otherwise. */
  samples: z.record(z.string(), z.array(z.number().nullable())).optional(),
  /**
   * Times of all steps as an HdrHistogram of microseconds (V2, compressed, Base64). Where `steps` is empty it is all that
   * is kept of them.
   */
  histogram: z.string().optional(),
};

/** The smallest timed unit: some steps or requests on one environment. */
export const blockLineSchema = z.strictObject({
  type: z.literal("block"),
  environment,
  round,
  /** Index of the block within its series and round, equal over environments: blocks of one index are a pair. */
  block: z.number().int().nonnegative(),
  series: z.string(),
  at,
  /** Items done, such as images. */
  items: z.number().positive(),
  /** What an item is, in the plural, such as `images`. */
  unit: z.string(),
  /** Time of the timed steps, measured by the program. */
  seconds: z.number().positive(),
  /** From the command to its answer, measured on the host: a guest's clock is checked against it. */
  hostSeconds: seconds,
  /** Time of each step. */
  steps: z.array(seconds),
  /** Further numbers of the block, by metric, such as `acceleratorUtilisation`. */
  metrics: z.record(z.string(), z.number()),
  ...requestNumbersShape,
});

/** A session ended in order. */
export const stopLineSchema = z.strictObject({
  type: z.literal("stop"),
  environment,
  round,
  at,
  /** From the command to the end of the program, measured on the host. */
  seconds,
  /** Peak resident memory of the program in MiB, from the program; null where it could not tell. */
  peakMemoryMiB: z.number().nonnegative().nullable(),
});

/** A session failed; what was measured before stands. */
export const failureLineSchema = z.strictObject({
  type: z.literal("failure"),
  environment,
  round,
  at,
  /** Stable code of the error. */
  code: z.string(),
  message: z.string(),
  /** Last lines that the program logged. */
  log: z.array(z.string()),
});

/** Last line of a record. */
export const endLineSchema = z.strictObject({
  type: z.literal("end"),
  at,
  status: z.enum(["complete", "partial", "cancelled"]),
});

/** One line of a record. */
export const recordLineSchema = z.discriminatedUnion("type", [
  runLineSchema,
  environmentLineSchema,
  skippedLineSchema,
  launchLineSchema,
  blockLineSchema,
  stopLineSchema,
  failureLineSchema,
  endLineSchema,
]);

/** One line of a record. */
export type RecordLine = z.infer<typeof recordLineSchema>;
/** One timed block. */
export type BlockLine = z.infer<typeof blockLineSchema>;
/** One launch of a session. */
export type LaunchLine = z.infer<typeof launchLineSchema>;
