import { mean as meanOf, median as medianOf, sampleStandardDeviation } from "simple-statistics";
import { UnderlayError } from "./error.ts";

/** A number, or why there is none: exactly one of the two is null. */
export type Estimate<T> =
  { readonly value: T; readonly reason: null } | { readonly value: null; readonly reason: string };

/**
 * Refuses numbers that no statistic can stand on.
 *
 * @param values What was measured.
 * @param what Their name for the message, in the plural.
 * @throws UnderlayError `not-finite` when one of them is NaN or infinite, saying which.
 */
export function checkFinite(values: readonly number[], what = "values"): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index !== -1) {
    throw new UnderlayError(
      "not-finite",
      `Number ${index} of ${values.length} ${what} is ${values[index]}.`,
      "A measurement is a finite number, or it is missing with a reason.",
    );
  }
}

/**
 * The arithmetic mean; null of nothing.
 *
 * @throws UnderlayError `not-finite`
 */
export function mean(values: readonly number[]): number | null {
  checkFinite(values);
  return values.length === 0 ? null : meanOf([...values]);
}

/**
 * The median; null of nothing.
 *
 * @throws UnderlayError `not-finite`
 */
export function median(values: readonly number[]): number | null {
  checkFinite(values);
  return values.length === 0 ? null : medianOf([...values]);
}

/**
 * The sample standard deviation (with n - 1); null of fewer than two values.
 *
 * @throws UnderlayError `not-finite`
 */
export function standardDeviation(values: readonly number[]): number | null {
  checkFinite(values);
  return values.length < 2 ? null : sampleStandardDeviation([...values]);
}

/**
 * A quantile by linear interpolation between order statistics: type 7 of Hyndman and Fan, "Sample quantiles in
 * statistical packages", The American Statistician 50 (1996), as R and NumPy do by default. It says nothing on whether
 * so few values can carry that quantile; `percentile` does.
 *
 * @param values At least one.
 * @param p From 0 to 1.
 * @throws UnderlayError `not-finite`, `quantile` when there is no value or p is out of range.
 */
export function quantile(values: readonly number[], p: number): number {
  checkFinite(values);
  if (values.length === 0 || !(p >= 0 && p <= 1)) {
    throw new UnderlayError(
      "quantile",
      `The quantile ${p} of ${values.length} values does not exist.`,
      "Give at least one value and a p from 0 to 1.",
    );
  }
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * p;
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (position - below);
}

/**
 * How many values a percentile above the median needs: with fewer, the largest of them lies below the true percentile
 * with more than 5 % probability, so no value seen bounds it. The smallest n with 1 - p^n ≥ 0.95: 29, 59 and 299 for
 * the 90th, 95th and 99th percentile (Wilks, Annals of Mathematical Statistics 12, 1941).
 *
 * @param p Above 0 and below 1, as a fraction: 0.9 for the 90th percentile. Below the median the other tail counts.
 */
export function percentileNeeds(p: number): number {
  const tail = Math.max(p, 1 - p);
  let n = Math.max(1, Math.floor(Math.log(0.05) / Math.log(tail)) - 1);
  while (1 - tail ** n < 0.95) n += 1;
  return n;
}

/**
 * A percentile, refused when there are too few values to carry it; see `percentileNeeds`.
 *
 * @param values What was measured.
 * @param p Above 0 and below 1, as a fraction: 0.9 for the 90th percentile.
 * @throws UnderlayError `not-finite`, `percentile` when p is out of range.
 */
export function percentile(values: readonly number[], p: number): Estimate<number> {
  if (!(p > 0 && p < 1)) {
    throw new UnderlayError("percentile", `A percentile at ${p} was asked for.`, "Give a fraction between 0 and 1.");
  }
  const needed = percentileNeeds(p);
  if (values.length < needed) {
    checkFinite(values);
    const name = `p${Number((p * 100).toFixed(4))}`;
    return { value: null, reason: `${name} needs at least ${needed} samples, there are ${values.length}` };
  }
  return { value: quantile(values, p), reason: null };
}
