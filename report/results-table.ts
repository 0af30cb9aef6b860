import type { Comparison, Results } from "../measure/results.ts";
import { dash, intervalText, numberText, ratioText } from "./number-text.ts";
import { baselineFirst, comparisonOf, labelOf, seriesOf, summaryOf } from "./run.ts";
import type { EnvironmentResult, Metric } from "./run.ts";

/** One environment in one metric of one series, as text. Missing numbers are a dash. */
export interface ResultRow {
  readonly environment: string;
  readonly median: string;
  readonly mean: string;
  readonly standardDeviation: string;
  readonly n: string;
  readonly ratio: string;
  readonly interval: string;
  readonly verdict: string;
  /** Why numbers are missing; null when none is. */
  readonly reason: string | null;
}

/** One metric of one series in all environments. */
export interface ResultTable {
  readonly series: string;
  readonly metric: Metric;
  /** Unit of median, mean and standard deviation. */
  readonly unit: string;
  /** The baseline first. */
  readonly rows: readonly ResultRow[];
}

/** Titles of the metrics. */
export const metricTitles: Readonly<Record<Metric, string>> = {
  throughput: "Throughput",
  elapsed: "Time from launch to end",
};

/** Every metric of every series, throughput first. */
export function resultTables(results: Results): ResultTable[] {
  const metrics: readonly Metric[] = ["throughput", "elapsed"];
  return metrics.flatMap((metric) =>
    seriesOf(results).map((series) => {
      const environments = baselineFirst(results);
      const units = environments.flatMap((each) => summaryOf(each, series, metric)?.unit ?? []);
      const fallback = metric === "throughput" ? "items/s" : "s";
      const rows = environments.map((each) => rowOf(results, each, series, metric));
      return { series, metric, unit: units[0] ?? fallback, rows };
    }),
  );
}

function rowOf(results: Results, result: EnvironmentResult, series: string, metric: Metric): ResultRow {
  const summary = summaryOf(result, series, metric);
  const number = (value: number | null | undefined, digits: number) =>
    value == null ? dash : numberText(value, digits);
  const isBaseline = result.environment === results.baseline;
  const comparison = isBaseline ? null : comparisonOf(results, result.environment, series, metric);
  return {
    environment: labelOf(result),
    median: number(summary?.median, 4),
    mean: number(summary?.mean, 4),
    standardDeviation: number(summary?.standardDeviation, 2),
    n: String(summary?.n ?? 0),
    ...(isBaseline
      ? { ratio: summary?.median == null ? dash : "1", interval: "", verdict: "baseline" }
      : comparisonTexts(comparison)),
    reason: reasonOf(summary?.reason, isBaseline ? null : (comparison?.reason ?? null), summary === null),
  };
}

function comparisonTexts(comparison: Comparison | null): Pick<ResultRow, "ratio" | "interval" | "verdict"> {
  return {
    ratio: comparison?.ratio == null ? dash : ratioText(comparison.ratio),
    interval: comparison?.interval == null ? dash : intervalText(comparison.interval),
    verdict: comparison?.verdict ?? "cannot tell",
  };
}

/** The reasons of a row, each once. */
function reasonOf(summary: string | null | undefined, comparison: string | null, absent: boolean): string | null {
  if (absent) return "the series was not measured here";
  const reasons = [...new Set([comparison, summary ?? null].filter((reason) => reason !== null))];
  return reasons.length === 0 ? null : reasons.join("; ");
}
