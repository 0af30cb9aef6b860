import { z } from "zod";
import { runSettingsSchema } from "../catalogue/images/schema.ts";
import { pairedRatio } from "./interval.ts";
import type { Interval } from "./results.ts";

/** Version of the format of what the tuner found. */
export const autotuningVersion = 1;

const settingsSchema = z.record(z.string(), z.union([z.string(), z.number()]));
const seconds = z.number().positive();

/** A session that the tuner played. */
const sessionSchema = z.object({
  event: z.literal("session"),
  phase: z.enum(["search", "proof"]),
  settings: settingsSchema,
  /** Timed steps that were asked for. */
  steps: z.number().int().positive(),
  /** Null where it failed. */
  secondsPerImage: seconds.nullable(),
  /** From start to end, the import of the framework included. */
  wallSec: z.number().nonnegative(),
  /** Why it failed. */
  reason: z.string().nullable(),
  /** Time that is left. */
  leftSec: z.number(),
  trial: z.number().int().optional(),
  bracket: z.number().int().optional(),
  /** Whether it was played by an earlier search, and only looked up. */
  repeated: z.boolean().optional(),
  side: z.string().optional(),
  round: z.number().int().optional(),
});

const endSchema = z.object({
  event: z.literal("end"),
  best: settingsSchema,
  /** The framework's defaults, but for what was fixed. */
  defaults: settingsSchema,
  /** The framework's defaults. */
  standing: settingsSchema,
  /** The best with the graph compiler the other way; null where the compiler is fixed. */
  compilerFlipped: settingsSchema.nullable(),
  /** How a training is given the best settings, but for the compilers and the batch. */
  given: runSettingsSchema,
  rounds: z.array(z.object({ best: seconds, defaults: seconds.optional(), compilerFlipped: seconds.optional() })),
  facts: z.object({
    version: z.string(),
    images: z.number().int().positive(),
    parameters: z.number().int().positive(),
    flops_per_image: z.number().positive().nullable(),
  }),
  brackets: z.number().int(),
  /** Settings that were tried, of how many there are. */
  tried: z.number().int(),
  size: z.number().int(),
  outOfTime: z.boolean(),
});

/** A line of what the tuner prints. */
export const tunerEventSchema = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("space"),
    choices: z.record(z.string(), z.array(z.union([z.string(), z.number()]))),
    defaults: settingsSchema,
    size: z.number().int().positive(),
  }),
  sessionSchema,
  endSchema,
  z.object({ event: z.literal("error"), message: z.string() }),
]);

/** Settings of a training, by name. */
export type TunedSettings = z.infer<typeof settingsSchema>;
/** A session that the tuner played. */
export type TunerSession = z.infer<typeof sessionSchema>;
/** How a search ended. */
export type TunerEnd = z.infer<typeof endSchema>;

/** One side against another, by the rounds of the proof. */
export interface TunedRatio {
  /** Time of the other ÷ time of the one: above 1 the one is faster. Null where they never played in the same round. */
  readonly speedup: number | null;
  readonly interval: Interval | null;
  /** Rounds. */
  readonly n: number;
  readonly verdict: "faster" | "slower" | "no credible difference" | "cannot tell";
}

/** What the graph compiler does to the best settings. */
export interface CompilerEffect extends TunedRatio {
  readonly compiler: string;
}

/** What the proof says of the best settings. */
export interface TuningProof {
  /** Against the framework's defaults; null where the defaults are the best. */
  readonly againstDefaults: TunedRatio | null;
  /** With the compiler on against off, at the best settings otherwise; null where it was fixed. */
  readonly compiler: CompilerEffect | null;
}

/** Seconds an image of one side of the proof, by round; undefined where it was not played. */
export type RoundTimes = readonly (number | undefined)[];

/** Logarithms of how many times as fast one side was as another, by the rounds that both played. */
export function logSpeedups(one: RoundTimes, other: RoundTimes): number[] {
  return one.flatMap((time, round) => {
    const beside = other[round];
    return time === undefined || beside === undefined ? [] : [Math.log(beside / time)];
  });
}

function ratioOf(logs: readonly number[]): TunedRatio {
  const { ratio, interval } = pairedRatio(logs, "rounds");
  const { value } = interval;
  const verdict =
    value === null ? "cannot tell" : value.low > 1 ? "faster" : value.high < 1 ? "slower" : "no credible difference";
  return { speedup: ratio, interval: value, n: logs.length, verdict };
}

/**
 * What the rounds of the proof say of the best settings, the compiler that made it slower included.
 *
 * @param end how the search ended
 */
export function proofOf(end: TunerEnd): TuningProof {
  const { best, compilerFlipped, rounds } = end;
  const times = rounds.map((round) => round.best);
  const flipped = rounds.map((round) => round.compilerFlipped);
  const defaults = logSpeedups(
    times,
    rounds.map((round) => round.defaults),
  );
  const isOn = best["compiler"] !== "none";
  const sides = isOn ? logSpeedups(times, flipped) : logSpeedups(flipped, times);
  const name = isOn ? best["compiler"] : compilerFlipped?.["compiler"];
  return {
    againstDefaults: defaults.length === 0 ? null : ratioOf(defaults),
    compiler: name === undefined || compilerFlipped === null ? null : { compiler: String(name), ...ratioOf(sides) },
  };
}
