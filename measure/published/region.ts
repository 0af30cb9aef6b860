import type { PublishedClaim } from "../../catalogue/published/schema.ts";
import type { Interval } from "../results.ts";
import type { Metric, PublishedVerdict } from "./judgement.ts";

/** Ratios that a claim allows: those above `low` and below `high`. */
export interface Region {
  /** At least 0. */
  readonly low: number;
  /** Infinite where nothing bounds it. */
  readonly high: number;
}

/**
 * The ratios that a claim allows. A margin m counts from the slower side: a throughput down to 1 − m, an elapsed time up to
 * 1 + m; on the faster side its inverse. What is claimed of slowdowns is like elapsed time: above 1 is more of it.
 *
 * @param claim What is expected, and with which margin.
 * @param metric What the ratio is of.
 * @param defaultMargin For a claim of equality whose source names no margin.
 */
export function regionOf(claim: PublishedClaim, metric: Metric, defaultMargin: number): Region {
  const falling = metric === "throughput" && claim.comparedWith === null && claim.compared === "environments";
  const margin = claim.margin ?? defaultMargin;
  const slowest = falling ? 1 / (1 - margin) : 1 + margin;
  const slowdowns = {
    slower: { low: 1, high: Infinity },
    faster: { low: 0, high: 1 },
    limited: { low: 0, high: slowest },
    "about equal": { low: 1 / slowest, high: slowest },
  }[claim.expected];
  return falling ? { low: 1 / slowdowns.high, high: 1 / slowdowns.low } : slowdowns;
}

/**
 * What an interval says of a region: `agrees` when it lies inside, `disagrees` when it lies outside, and otherwise, also
 * when it touches a bound, `cannot tell`.
 *
 * For a region with two bounds this is the test of equivalence by two one-sided tests (Schuirmann, Journal of
 * Pharmacokinetics and Biopharmaceutics 15, 1987), at 2.5 % each since the interval is one of 95 %, where 90 % would do for
 * 5 %: stricter than usual. An interval that includes 1 alone never shows equality.
 */
export function judgeInterval({ low, high }: Pick<Interval, "low" | "high">, region: Region): PublishedVerdict {
  if (low > region.low && high < region.high) return "agrees";
  return high < region.low || low > region.high ? "disagrees" : "cannot tell";
}

/** How far an interval is inside of its region, as a difference of logarithms; below 0 it reaches out. */
export function clearance({ low, high }: Pick<Interval, "low" | "high">, region: Region): number {
  return Math.min(
    region.low === 0 ? Infinity : Math.log(low / region.low),
    region.high === Infinity ? Infinity : Math.log(region.high / high),
  );
}

/** What `judgeInterval` found, in words that follow on “the interval”. */
export function regionText({ low, high }: Region, verdict: PublishedVerdict): string {
  if (low > 0 && high < Infinity) {
    const range = `${bound(low)} to ${bound(high)}`;
    const where = { agrees: "lies inside", disagrees: "lies outside", "cannot tell": "reaches over an end of" };
    return `${where[verdict]} ${range}`;
  }
  const [end, inside, outside] = low > 0 ? [low, "above", "below"] : [high, "below", "above"];
  const text = bound(end);
  const where = {
    agrees: `lies ${inside} ${text}`,
    disagrees: `lies ${outside} ${text}`,
    "cannot tell": `includes ${text}`,
  };
  return where[verdict];
}

function bound(value: number): string {
  return value === 1 ? "1" : value.toFixed(3);
}
