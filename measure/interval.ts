import type { Interval } from "./results.ts";
import { randomFrom } from "./random.ts";
import { checkFinite } from "./statistics.ts";
import type { Estimate } from "./statistics.ts";
import { fTail, studentTMultiplier } from "./student-t.ts";

/** Fewer units than this have no interval. */
export const fewestForInterval = 3;
/** From this many units on, the interval is a bootstrap; below, there are too few distinct resamples. */
export const fewestForBootstrap = 8;
/** Resamples of a bootstrap. With 9,999 the 95 % quantile is an order statistic, without interpolation. */
export const resamples = 9_999;

/** How the method of an interval ends whose units are the rounds, whatever the number of pairs. */
export const roundsAsUnits = ", rounds as units";

const level = 0.95;
const equal = "all values equal";
/** Any fixed number: the same measurements always have the same interval. */
const resamplingSeed = 20_181_207;
/** A spread this small against the mean, or of logarithms, is rounding: the values are equal. */
const rounding = 1e-12;
/** See `pairedRatio`. */
const poolingLevel = 0.25;
/** See `meanInterval`. */
const widestAgainstStudent = 2;
/** From this many units on the mean is normal for all that matters, and a bootstrap only takes long. */
const mostForBootstrap = 5000;

/**
 * A 95 % interval of the mean of independent units.
 *
 * - Fewer than 3 units: refused with the reason.
 * - 3 to 7: Student's t.
 * - From 8 on: the symmetric studentised bootstrap (Hall, "The Bootstrap and Edgeworth Expansion", 1992, section 3.6):
 *   mean ± q·s/√n, where q is the 95 % quantile of |mean* - mean|·√n/s* over 9,999 resamples. q is held between
 *   Student's t and twice that.
 * - From 5,000 on: Student's t again; the two differ by less than 1 % there.
 * - All units equal: zero width.
 *
 * Why this one, by simulation of both sides of a pair (`npm run bench -- interval-coverage`): when one block in twenty
 * is an outlier, which is what a shared machine does to blocks, the equal-tailed studentised bootstrap covers 95 % at
 * n = 8 and falls to 87 % at n = 60, so it would claim differences that are not there. The symmetric form covers 97 % or
 * more there, and 95–98 % under normal, uniform, skewed and coarsely rounded log-times. Its q explodes when all spread comes
 * from one or two units (nine times Student's t at n = 8), as resamples without them have hardly any: the upper bound
 * ends that and costs no measurable coverage. The lower bound keeps small n on the safe side. No method covers when a
 * rare, large outlier of one side alone did not happen to be sampled (about 80 % at n = 12 for any of them).
 *
 * Swapping the sign of all values swaps the sign of the interval; scaling them scales it.
 *
 * @param values One per unit.
 * @throws UnderlayError `not-finite`
 */
export function meanInterval(values: readonly number[]): Estimate<Interval> {
  checkFinite(values);
  const n = values.length;
  return n < fewestForInterval ? tooFew(n, "values") : around(values, Math.abs(momentsOf(values).mean), resamples);
}

/** A ratio with its interval, or why it has none. */
export interface RatioEstimate {
  /** Null when there is nothing to make it of. */
  readonly ratio: number | null;
  readonly interval: Estimate<Interval>;
}

/**
 * The geometric mean of paired ratios and its 95 % interval, made on the logarithms by the methods of `meanInterval`.
 *
 * @param logRatios Natural logarithm of the ratio of each pair; pairs are taken as independent.
 * @param what What a pair is, in the plural, for the reason.
 * @param resampled Resamples of a bootstrap; fewer are faster, for simulation.
 * @throws UnderlayError `not-finite`
 */
export function pairedRatio(logRatios: readonly number[], what: string, resampled: number = resamples): RatioEstimate {
  checkFinite(logRatios, "log-ratios");
  const n = logRatios.length;
  if (n === 0) return { ratio: null, interval: tooFew(n, what) };
  const mean = withoutRounding(momentsOf(logRatios).mean);
  const interval = n < fewestForInterval ? tooFew(n, what) : exponential(around(logRatios, 1, resampled));
  return { ratio: Math.exp(mean), interval };
}

/**
 * As `pairedRatio`, for pairs from several rounds. Units are the pairs, unless launches differ: every launch has an effect
 * of its own (layout of memory, placement, what the machine did meanwhile) that its pairs share, and pairs are no
 * independent witnesses then. From three rounds on, the rounds are tested by analysis of variance; below p = 0.25, the
 * level that Bancroft advises for pooling (Biometrics 20, 1964), the means of the rounds are the units.
 *
 * By simulation of equal environments, with 3 to 8 rounds of 4 or 8 pairs: where launches differ by 0.7 of the standard
 * deviation of the pairs, pairs as units claim a difference in 17–30 % of the comparisons, this in 6–9 %, and in 4 %
 * where launches do not differ. One or two rounds cannot tell an effect of the launch from one of the environment.
 *
 * @param rounds Natural logarithm of the ratio of each pair, by round.
 * @param what What a pair is, in the plural, for the reason.
 * @throws UnderlayError `not-finite`
 */
export function pairedRatioOfRounds(rounds: readonly (readonly number[])[], what: string): RatioEstimate {
  const played = rounds.filter((round) => round.length > 0);
  checkFinite(played.flat(), "log-ratios");
  if (!roundsDiffer(played)) return pairedRatio(played.flat(), what);
  const means = played.map((round) => momentsOf(round).mean);
  const mean = withoutRounding(momentsOf(means).mean);
  return { ratio: Math.exp(mean), interval: exponential(around(means, 1, resamples), roundsAsUnits) };
}

/**
 * The ratio of two geometric means of independent units that are not paired, with its 95 % interval: Welch's t on the
 * logarithms, with the degrees of freedom of Satterthwaite (Welch, Biometrika 34, 1947).
 *
 * @param from Logarithms of what is divided by.
 * @param to Logarithms of what is divided.
 * @param what What a unit is, in the plural, for the reason.
 * @throws UnderlayError `not-finite`
 */
export function unpairedRatio(from: readonly number[], to: readonly number[], what: string): RatioEstimate {
  checkFinite(from, "logarithms");
  checkFinite(to, "logarithms");
  const fewest = Math.min(from.length, to.length);
  if (fewest === 0) return { ratio: null, interval: tooFew(fewest, `${what} a side`) };
  const [a, b] = [momentsOf(from), momentsOf(to)];
  const difference = withoutRounding(b.mean - a.mean);
  const ratio = Math.exp(difference);
  if (fewest < fewestForInterval) return { ratio, interval: tooFew(fewest, `${what} a side`) };
  if (Math.max(a.deviation, b.deviation) <= rounding)
    return { ratio, interval: exponential(plusMinus(difference, 0, equal)) };
  const [errorA, errorB] = [a.deviation ** 2 / from.length, b.deviation ** 2 / to.length];
  const freedom = (errorA + errorB) ** 2 / (errorA ** 2 / (from.length - 1) + errorB ** 2 / (to.length - 1));
  const half = studentTMultiplier(level, freedom) * Math.sqrt(errorA + errorB);
  return { ratio, interval: exponential(plusMinus(difference, half, "Welch's t")) };
}

/** A figure above 0 with its 95 % interval. */
export interface Bounded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A ratio with its interval as one figure; undefined where it has none. */
export function boundedRatio(estimate: RatioEstimate | null): Bounded | undefined {
  const { ratio = null, interval } = estimate ?? {};
  const range = interval?.value ?? null;
  return ratio === null || range === null ? undefined : { value: ratio, low: range.low, high: range.high };
}

/**
 * The ratio of two figures above 0 of which nothing is left but their intervals, with its own 95 % interval: the variances
 * are recovered from them, on the logarithms (Zou and Donner, Statistics in Medicine 27, 2008). The two are taken as
 * independent; where they share a part of their error, the interval is too wide.
 *
 * @param from What is divided by.
 * @param to What is divided.
 */
export function ratioOfBounded(from: Bounded, to: Bounded): Bounded {
  const value = to.value / from.value;
  const below = Math.hypot(Math.log(to.value / to.low), Math.log(from.high / from.value));
  const above = Math.hypot(Math.log(to.high / to.value), Math.log(from.value / from.low));
  return { value, low: value * Math.exp(-below), high: value * Math.exp(above) };
}

/**
 * A 95 % interval of a proportion: Wilson's score interval (JASA 22, 1927), as Brown, Cai and DasGupta advise
 * (Statistical Science 16, 2001).
 *
 * @param count How many of them, from 0 to `n`.
 * @param n How many in all, at least 1.
 */
export function proportionInterval(count: number, n: number): Interval {
  const z = 1.959963984540054;
  const share = count / n;
  const centre = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  const low = count === 0 ? 0 : centre - half;
  const high = count === n ? 1 : centre + half;
  return { low, high, level, method: "Wilson's score" };
}

/** 95 % quantile of the studentised mean's absolute value over resamples; infinite when too many have no spread. */
function bootstrapMultiplier(values: readonly number[], resampled: number): number {
  const n = values.length;
  const { mean, deviation } = momentsOf(values);
  // In units of the deviation: sums of squares stay accurate, and scaling changes nothing.
  const centred = Float64Array.from(values, (value) => (value - mean) / deviation);
  const random = randomFrom(resamplingSeed);
  const studentised = new Float64Array(resampled);
  for (let resample = 0; resample < resampled; resample += 1) {
    let sum = 0;
    let squares = 0;
    for (let draw = 0; draw < n; draw += 1) {
      const value = centred[random.below(n)] as number;
      sum += value;
      squares += value * value;
    }
    const centre = sum / n;
    const variance = (squares - n * centre * centre) / (n - 1);
    studentised[resample] = variance > rounding ? Math.abs(centre) * Math.sqrt(n / variance) : Infinity;
  }
  studentised.sort();
  return studentised[Math.round((resampled + 1) * level) - 1] as number;
}

/** The interval of the mean of at least three values; a spread below `scale` × 1e-12 is rounding. */
function around(values: readonly number[], scale: number, resampled: number): Estimate<Interval> {
  const n = values.length;
  const { mean, deviation } = momentsOf(values);
  if (deviation <= rounding * scale) return plusMinus(scale === 1 ? withoutRounding(mean) : mean, 0, equal);
  const student = studentTMultiplier(level, n - 1);
  const error = deviation / Math.sqrt(n);
  if (n < fewestForBootstrap || n >= mostForBootstrap) return plusMinus(mean, student * error, "Student's t");
  const multiplier = Math.min(
    Math.max(bootstrapMultiplier(values, resampled), student),
    widestAgainstStudent * student,
  );
  const count = resampled.toLocaleString("en-US");
  return plusMinus(mean, multiplier * error, `symmetric studentised bootstrap, ${count} resamples`);
}

/**
 * Whether the means of at least three rounds differ by more than their pairs explain: one-way analysis of variance,
 * p below 0.25.
 */
function roundsDiffer(played: readonly (readonly number[])[]): boolean {
  const pairs = played.flat();
  const between = played.length - 1;
  const within = pairs.length - played.length;
  if (played.length < fewestForInterval || within < 1) return false;
  const { mean } = momentsOf(pairs);
  const squares = { between: 0, within: 0 };
  for (const round of played) {
    const own = momentsOf(round).mean;
    squares.between += round.length * (own - mean) ** 2;
    squares.within += round.reduce((sum, value) => sum + (value - own) ** 2, 0);
  }
  if (squares.between <= pairs.length * rounding ** 2) return false;
  return fTail(squares.between / between / (squares.within / within), between, within) < poolingLevel;
}

function momentsOf(values: readonly number[]): { mean: number; deviation: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (n - 1)) };
}

/** A logarithm of a ratio, 0 where it differs from 0 by rounding only: equal times must not claim a difference. */
function withoutRounding(logRatio: number): number {
  return Math.abs(logRatio) <= rounding ? 0 : logRatio;
}

function plusMinus(mean: number, half: number, method: string): Estimate<Interval> {
  return { value: { low: mean - half, high: mean + half, level, method }, reason: null };
}

function tooFew(n: number, what: string): Estimate<Interval> {
  // "pairs of blocks", "values": the first word is the noun.
  const counted = n === 1 ? what.replace(/s\b/, "") : what;
  return { value: null, reason: `${n} ${counted}: an interval needs at least ${fewestForInterval}` };
}

function exponential(estimate: Estimate<Interval>, units = ""): Estimate<Interval> {
  if (estimate.value === null) return estimate;
  const [low, high] = [Math.exp(estimate.value.low), Math.exp(estimate.value.high)];
  if (!Number.isFinite(high)) return { value: null, reason: "the ratios spread too far for an interval" };
  return { value: { low, high, level, method: `${estimate.value.method}, on log-ratios${units}` }, reason: null };
}
