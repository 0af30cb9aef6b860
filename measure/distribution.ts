import { decodeFromCompressedBase64, JsHistogram } from "hdr-histogram-js";
import type { BlockLine } from "./record.ts";
import type { Distribution, Interval } from "./results.ts";
import { type Estimate, percentile } from "./statistics.ts";
import { summaryOf } from "./summary.ts";

/** Percentiles of every distribution, as fractions. */
export const percentiles = [0.5, 0.9, 0.95, 0.99] as const;

const tail = 0.025;

/**
 * A 95 % interval of a percentile, by order statistics: it assumes nothing of the values but that they are independent.
 * Between the values of rank l and u lies the percentile with the probability that at least l and fewer than u of n lie
 * below it, which is binomial (David and Nagaraja, "Order Statistics", 2003, section 7.1). Ranks are the narrowest that
 * leave at most 2.5 % on either side.
 *
 * @param values What was measured.
 * @param p Above 0 and below 1.
 * @returns null with a reason where no two values are far enough apart in rank
 */
export function percentileInterval(values: readonly number[], p: number): Estimate<Interval> {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  let [low, high] = [0, n + 1];
  let below = 0;
  let logChoose = 0;
  for (let count = 0; count <= n; count += 1) {
    // Here `below` is the probability that fewer than `count` values lie below the percentile.
    if (below <= tail) low = count;
    if (1 - below <= tail && high > n) high = count;
    below += Math.exp(logChoose + count * Math.log(p) + (n - count) * Math.log(1 - p));
    logChoose += Math.log((n - count) / (count + 1));
  }
  const [from, to] = [sorted[low - 1], sorted[high - 1]];
  if (from === undefined || to === undefined) {
    return { value: null, reason: `${n} values: an interval of this percentile needs more` };
  }
  return { value: { low: from, high: to, level: 0.95, method: "order statistics" }, reason: null };
}

/**
 * How the numbers of single requests are distributed: mean with its interval, and percentiles with theirs; those that so
 * few values cannot carry are refused. Requests are taken as independent, which those of a burst are not.
 *
 * @param metric Its name, such as `responseTime`.
 * @param values What was measured.
 * @param unit Of the values.
 * @throws UnderlayError `not-finite`
 */
export function distributionOf(metric: string, values: readonly number[], unit: string): Distribution {
  return {
    metric,
    ...summaryOf(values, unit, "no request had one"),
    percentiles: percentiles.map((p) => {
      const { value, reason } = percentile(values, p);
      const interval = percentileInterval(values, p);
      return { p, value, interval: interval.value, reason: reason ?? interval.reason };
    }),
  };
}

/** What tells the times of a block's steps. */
interface TimedSteps {
  readonly steps: readonly number[];
  readonly histogram?: BlockLine["histogram"];
}

/** Times of all steps of a block, in seconds: as they were told one by one, or from its histogram. */
export function stepTimes({ steps, histogram }: TimedSteps): readonly number[] {
  if (steps.length > 0 || histogram === undefined) return steps;
  const decoded = decodeFromCompressedBase64(histogram, 32, false);
  if (!(decoded instanceof JsHistogram)) return steps;
  const last = decoded.countsArrayIndex(decoded.maxValue);
  const buckets = Array.from({ length: last + 1 }, (_, index) => {
    const seconds = decoded.medianEquivalentValue(decoded.valueFromIndex(index)) / 1e6;
    return Array.from({ length: decoded.getCountAtIndex(index) }, () => seconds);
  });
  return buckets.flat();
}

const unitOfMetric = (metric: string): string => (metric.endsWith("MiB") ? "MiB" : "s");

/** What requests told, over the blocks of a series. */
export interface RequestResults {
  readonly counts: Readonly<Record<string, number>>;
  readonly distributions: readonly Distribution[];
}

/** What the requests of a series came to; null where its blocks are not of requests. */
export function requestResults(blocks: readonly BlockLine[]): RequestResults | null {
  const told = blocks.filter(({ counts }) => counts !== undefined);
  if (told.length === 0) return null;
  const counts: Record<string, number> = {};
  for (const [name, count] of told.flatMap((block) => Object.entries(block.counts ?? {}))) {
    counts[name] = (counts[name] ?? 0) + count;
  }
  const names = [...new Set(told.flatMap(({ samples }) => Object.keys(samples ?? {})))].sort();
  const valuesOf = (name: string): number[] =>
    told.flatMap(({ samples }) => (samples?.[name] ?? []).filter((value) => value !== null));
  return {
    counts,
    distributions: [
      distributionOf("responseTime", told.flatMap(stepTimes), "s"),
      ...names.map((name) => distributionOf(name, valuesOf(name), unitOfMetric(name))),
    ],
  };
}
