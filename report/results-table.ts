import type { Comparison, Results, Summary } from "../measure/results.ts";
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

const unmeasured: Summary = {
  unit: "",
  n: 0,
  median: null,
  mean: null,
  standardDeviation: null,
  interval: null,
  reason: "the series was not measured here",
};

function rowOf(results: Results, result: EnvironmentResult, series: string, metric: Metric): ResultRow {
  const { environment } = result;
  const summary = summaryOf(result, series, metric) ?? unmeasured;
  const isBaseline = environment === results.baseline;
  const comparison = isBaseline ? null : comparisonOf(results, environment, series, metric);
  const reasons = [comparison?.reason, summary.reason].filter((reason) => reason != null);
  return {
    environment: labelOf(result),
    median: numberOrDash(summary.median, 4),
    mean: numberOrDash(summary.mean, 4),
    standardDeviation: numberOrDash(summary.standardDeviation, 2),
    n: String(summary.n),
    ...(isBaseline ? baselineTexts(summary) : comparisonTexts(comparison)),
    reason: reasons.length === 0 ? null : [...new Set(reasons)].join("; "),
  };
}

function numberOrDash(value: number | null, digits: number): string {
  return value === null ? dash : numberText(value, digits);
}

type ComparisonTexts = Pick<ResultRow, "ratio" | "interval" | "verdict">;

function baselineTexts({ median }: Summary): ComparisonTexts {
  return { ratio: median === null ? dash : "1", interval: "", verdict: "baseline" };
}

function comparisonTexts(comparison: Comparison | null): ComparisonTexts {
  return {
    ratio: comparison?.ratio == null ? dash : ratioText(comparison.ratio),
    interval: comparison?.interval == null ? dash : intervalText(comparison.interval),
    verdict: comparison?.verdict ?? "cannot tell",
  };
}
