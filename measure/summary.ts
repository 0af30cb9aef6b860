import { meanInterval } from "./interval.ts";
import type { Summary } from "./results.ts";
import { mean, median, standardDeviation } from "./statistics.ts";

/**
 * The summary of what was measured of one metric. The interval is of the mean and takes the values as independent, so it
 * leaves out what all of them share, such as the state of the machine on that day.
 *
 * @param values What was measured.
 * @param unit Of the values.
 * @param none Why there is no value, when there is none.
 * @throws UnderlayError `not-finite`
 */
export function summaryOf(values: readonly number[], unit: string, none: string): Summary {
  const interval = meanInterval(values);
  return {
    unit,
    n: values.length,
    median: median(values),
    mean: mean(values),
    standardDeviation: standardDeviation(values),
    interval: interval.value,
    reason: values.length === 0 ? none : interval.reason,
  };
}
