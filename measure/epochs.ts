import { z } from "zod";
import { meanInterval, type RatioEstimate, unpairedRatio } from "./interval.ts";
import { mean } from "./statistics.ts";

const count = z.number().int().min(0);

/** Record of a training by epochs, as its program writes it. */
export const epochRecordSchema = z.object({
  schema: z.literal("underlay/epochs/1"),
  model: z.enum(["mnist-cnn", "resnet-50"]),
  framework: z.enum(["tensorflow", "pytorch"]),
  version: z.string(),
  compiler: z.enum(["none", "xla", "inductor"]),
  batch: count,
  /** Of an epoch. */
  images: count,
  settings: z.record(z.string(), z.unknown()),
  epochs: z
    .array(z.strictObject({ seconds: z.number().positive(), images: count, loss: z.number(), accuracy: z.number() }))
    .min(1),
  /** Those after the warm-up. */
  steps: z.strictObject({ count, seconds: z.number().min(0), images: count }),
  first_step_seconds: z.number().positive(),
  parameters: count,
  flops_per_image: z.number().nullable().default(null),
  finished: z.literal(true),
});

/** Record of a training by epochs. */
export type EpochRecord = z.infer<typeof epochRecordSchema>;

/** Mean time of an epoch, with its 95 % interval, or why it has none. */
export interface EpochTime {
  /** Seconds; null when there is no epoch to tell it by. */
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Epochs that it stands on. */
  readonly n: number;
  /** Why there is no interval; null when there is one. */
  readonly reason: string | null;
}

/** Seconds of the epochs that tell the speed: all but each record's first, which traces, compiles and fills caches. */
export function timedEpochs(records: readonly EpochRecord[]): number[] {
  return records.flatMap(({ epochs }) => epochs.slice(1).map(({ seconds }) => seconds));
}

/** The time of an epoch of trainings that were set up alike. Epochs are taken as independent. */
export function epochTime(records: readonly EpochRecord[]): EpochTime {
  const seconds = timedEpochs(records);
  const { value, reason } = meanInterval(seconds);
  const bounds = value === null || value.low <= 0 ? { low: null, high: null } : { low: value.low, high: value.high };
  const why = reason ?? (bounds.low === null ? "the epochs spread too far for an interval of a time" : null);
  return { mean: mean(seconds), ...bounds, n: seconds.length, reason: why };
}

/** Jobs a side from which on they, and not their epochs, are the units of a comparison. */
const fewestJobs = 3;

/**
 * How many times as fast one kind of training is as another: above 1 is faster. Units are the jobs where there are three
 * and more a side, since epochs of a job share its launch and what the machine did meanwhile; else they are the epochs.
 */
export function speedup(plain: readonly EpochRecord[], other: readonly EpochRecord[]): RatioEstimate {
  const byJob = Math.min(plain.length, other.length) >= fewestJobs;
  const logsOf = (records: readonly EpochRecord[]): number[] => timedEpochs(records).map(Math.log);
  const units = (records: readonly EpochRecord[]): number[] =>
    byJob ? records.flatMap((record) => mean(logsOf([record])) ?? []) : logsOf(records);
  return unpairedRatio(units(other), units(plain), byJob ? "jobs" : "epochs");
}

/** What a speed-up means: a difference is credible when the whole interval is on one side of 1. */
export function speedupVerdict({
  interval,
}: RatioEstimate): "faster" | "slower" | "no credible difference" | "cannot tell" {
  if (interval.value === null) return "cannot tell";
  if (interval.value.low > 1) return "faster";
  return interval.value.high < 1 ? "slower" : "no credible difference";
}
