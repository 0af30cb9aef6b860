import { fewestForInterval, roundsAsUnits } from "../interval.ts";
import type { Comparison, Interval, Summary } from "../results.ts";
import { studentTMultiplier } from "../student-t.ts";

/** A ratio on the logarithmic scale, with its 95 % interval. */
export interface LogEstimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Units of the term that has fewest; infinite for what is 1 by definition. */
  readonly n: number;
  /** Degrees of freedom that the interval has at least. */
  readonly freedom: number;
  readonly method: string;
}

/** An estimate, or why there is none. */
export type Estimated =
  { readonly estimate: LogEstimate; readonly reason: null } | { readonly estimate: null; readonly reason: string };

/** The ratio of something to itself. */
export const unity: LogEstimate = {
  value: 0,
  low: 0,
  high: 0,
  n: Infinity,
  freedom: Infinity,
  method: "by definition",
};

/** The estimate of a comparison. */
export function comparisonEstimate({ ratio, interval, n, reason }: Comparison): Estimated {
  if (ratio === null || interval === null) return none(reason ?? "no interval could be made");
  return logarithms(ratio, interval, n);
}

/** The mean of a summary with its interval. */
export function meanEstimate({ mean, interval, n, reason }: Summary): Estimated {
  if (mean === null || interval === null) return none(reason ?? "no interval could be made");
  return logarithms(mean, interval, n);
}

function logarithms(value: number, { low, high, method }: Interval, n: number): Estimated {
  if (low <= 0 || value <= 0) return none("its interval reaches down to 0");
  return {
    estimate: {
      value: Math.log(value),
      low: Math.log(low),
      high: Math.log(high),
      n,
      freedom: freedomOf(n, method),
      method,
    },
    reason: null,
  };
}

/** Units less one: n counts the units, unless the rounds are the units, of which there are at least three. */
function freedomOf(n: number, method: string): number {
  return method.endsWith(roundsAsUnits) ? fewestForInterval - 1 : Math.max(fewestForInterval, n) - 1;
}

function none(reason: string): Estimated {
  return { estimate: null, reason };
}

/**
 * One log-ratio less another, with an interval recovered from theirs: MOVER (Zou and Donner, Statistics in Medicine 27,
 * 2008, equation 4), which takes the two as independent.
 *
 * Those of different runs are. Two of one run that share a baseline, or the throughput and elapsed time of one
 * environment, are correlated such that the interval is rather too wide than too narrow: noise of what they share
 * cancels from the difference.
 */
export function less(one: LogEstimate, other: LogEstimate): LogEstimate {
  const value = one.value - other.value;
  if (other.n === Infinity) return one;
  return {
    value,
    low: value - Math.hypot(one.value - one.low, other.high - other.value),
    high: value + Math.hypot(one.high - one.value, other.value - other.low),
    n: Math.min(one.n, other.n),
    freedom: Math.min(one.freedom, other.freedom),
    method: "recovered from the intervals of its terms (MOVER)",
  };
}

/** The inverse ratio. */
export function inverse({ value, low, high, ...rest }: LogEstimate): LogEstimate {
  return { ...rest, value: 0 - value, low: 0 - high, high: 0 - low };
}

/** The ratio itself. */
export function ratioOf({ value, low, high, method }: LogEstimate): { ratio: number; interval: Interval } {
  return { ratio: Math.exp(value), interval: { low: Math.exp(low), high: Math.exp(high), level: 0.95, method } };
}

/**
 * A 95 % interval of a ratio, widened so that `count` of them hold together (Bonferroni): the half-widths of its logarithm
 * grow as the multiplier of Student's t does.
 *
 * @param ratio Within the interval.
 * @param interval One by itself.
 * @param freedom Its degrees of freedom. Too few make the result too wide, never too narrow.
 * @param count How many there are, at least 1.
 */
export function widened(ratio: number, interval: Interval, freedom: number, count: number): Interval {
  const factor = studentTMultiplier(1 - 0.05 / count, freedom) / studentTMultiplier(0.95, freedom);
  const low = ratio * (interval.low / ratio) ** factor;
  const high = ratio * (interval.high / ratio) ** factor;
  return { ...interval, low: Math.min(interval.low, low), high: Math.max(interval.high, high) };
}
