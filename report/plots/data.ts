import type { EnvironmentName } from "../../measure/facts.ts";
import type { RecordLine } from "../../measure/record.ts";
import type { Comparison, Results, Summary } from "../../measure/results.ts";
import { dash, intervalText, ratioText } from "../number-text.ts";
import { baselineFirst, comparisonOf, labelOf, summaryOf } from "../run.ts";
import type { Metric, RunLine } from "../run.ts";

/** One bar of a plot of ratios. */
export interface RatioRow {
  readonly environment: EnvironmentName;
  /** Name with virtualisation. */
  readonly label: string;
  /** Environment ÷ baseline; 1 for the baseline itself; null when missing. */
  readonly ratio: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The ratio and its interval, or a dash. */
  readonly valueText: string;
  /** Why the ratio or its interval is missing; empty when neither is. */
  readonly note: string;
}

/** Bars of a metric of a series, the baseline first. */
export function ratioRows(results: Results, series: string, metric: Metric): RatioRow[] {
  return baselineFirst(results).map((result) => {
    const { environment } = result;
    const values =
      environment === results.baseline
        ? baselineValues(summaryOf(result, series, metric))
        : comparedValues(comparisonOf(results, environment, series, metric));
    return { environment, label: labelOf(result), ...values };
  });
}

type RatioValues = Omit<RatioRow, "environment" | "label">;

const nothing = { ratio: null, low: null, high: null, valueText: dash };

function baselineValues(summary: Summary | null): RatioValues {
  if ((summary?.median ?? null) === null) return { ...nothing, note: summary?.reason ?? "not measured" };
  return { ratio: 1, low: null, high: null, valueText: "1 (baseline)", note: "" };
}

/** Bars of what a series lost beside other programs, the baseline first: throughput beside ÷ alone. */
export function interferenceRows(results: Results, series: string): RatioRow[] {
  return baselineFirst(results).map((result) => {
    const { environment } = result;
    const found = results.interference?.find((each) => each.environment === environment && each.series === series);
    return { environment, label: labelOf(result), ...comparedValues(found ?? null) };
  });
}

function comparedValues(comparison: Pick<Comparison, "ratio" | "interval" | "reason"> | null): RatioValues {
  const { ratio, interval, reason } = comparison ?? { ratio: null, interval: null, reason: null };
  const why = reason ?? "not compared";
  if (ratio === null) return { ...nothing, note: why };
  if (interval === null) {
    return { ratio, low: null, high: null, valueText: `${ratioText(ratio)} (no interval)`, note: why };
  }
  const { low, high } = interval;
  return { ratio, low, high, valueText: `${ratioText(ratio)} (${intervalText(interval)})`, note: "" };
}

/** One timed block as a point. */
export interface BlockPoint {
  readonly environment: EnvironmentName;
  readonly round: number;
  readonly block: number;
  /** Seconds from the start of the run. */
  readonly time: number;
  /** Items per second. */
  readonly rate: number;
}

/** All blocks of a series over time. */
export function blockPoints(run: RunLine, lines: readonly RecordLine[], series: string): BlockPoint[] {
  const start = Date.parse(run.at);
  return lines.flatMap((line) =>
    line.type === "block" && line.series === series
      ? [
          {
            environment: line.environment,
            round: line.round,
            block: line.block,
            time: (Date.parse(line.at) - start) / 1000,
            rate: line.items / line.seconds,
          },
        ]
      : [],
  );
}

/** The unit of a series' throughput, such as `images/s`; null when it has no block. */
export function rateUnit(lines: readonly RecordLine[], series: string): string | null {
  const block = lines.find((line) => line.type === "block" && line.series === series);
  return block?.type === "block" ? `${block.unit}/s` : null;
}

/** When each round's first launch began, in seconds from the start of the run. */
export function roundStarts(run: RunLine, lines: readonly RecordLine[]): { round: number; time: number }[] {
  const start = Date.parse(run.at);
  const first = new Map<number, number>();
  for (const line of lines) {
    if (line.type !== "launch") continue;
    const time = Math.max(0, (Date.parse(line.at) - start) / 1000 - line.seconds);
    first.set(line.round, Math.min(time, first.get(line.round) ?? Infinity));
  }
  return [...first].sort(([a], [b]) => a - b).map(([round, time]) => ({ round, time }));
}
