import { UnderlayError } from "../measure/error.ts";
import type { EnvironmentName } from "../measure/facts.ts";
import type { RecordLine } from "../measure/record.ts";
import type { Comparison, Results, Summary } from "../measure/results.ts";

/** What a report is made of: a record and the results that were computed from it. */
export interface ReportInput {
  /** The summary of the run. */
  readonly results: Results;
  /** All lines of the record, in their order. */
  readonly lines: readonly RecordLine[];
}

/** One environment of the results. */
export type EnvironmentResult = Results["environments"][number];
/** The first line of a record. */
export type RunLine = Extract<RecordLine, { type: "run" }>;
/** Which of the two compared metrics. */
export type Metric = Comparison["metric"];

/**
 * The run line of a record.
 *
 * @throws UnderlayError `record-without-run` when there is none, `record-mismatch` when it is of another run than the
 *   results.
 */
export function runOf({ results, lines }: ReportInput): RunLine {
  const run = lines.find((line) => line.type === "run");
  if (run === undefined) {
    throw new UnderlayError(
      "record-without-run",
      "The record does not say what was run: its line of type `run` is missing.",
      "Give the record as it was written, from its first line on.",
    );
  }
  if (run.runId !== results.runId) {
    throw new UnderlayError(
      "record-mismatch",
      `The record is of run ${run.runId}, the results are of run ${results.runId}.`,
      "Give results that were computed from this record.",
    );
  }
  return run;
}

/** The environments of the results, the baseline first. */
export function baselineFirst(results: Results): EnvironmentResult[] {
  const isBaseline = ({ environment }: EnvironmentResult): boolean => environment === results.baseline;
  return [...results.environments.filter(isBaseline), ...results.environments.filter((each) => !isBaseline(each))];
}

/** The names of all series, in the order in which they first appear. */
export function seriesOf(results: Results): string[] {
  return [...new Set(results.environments.flatMap(({ series }) => series.map((each) => each.series)))];
}

/** What the label of an environment is made of. */
export interface LabelledEnvironment {
  readonly environment: EnvironmentName;
  readonly facts: { readonly virtualisation: string };
}

/** Name of an environment with what virtualises it, such as `vm (user-mode-linux)`. */
export function labelOf({ environment, facts }: LabelledEnvironment): string {
  return facts.virtualisation === "none" ? environment : `${environment} (${facts.virtualisation})`;
}

/** Label of the environment of that name; the bare name when the results do not know it. */
export function labelOfName(results: Results, name: EnvironmentName): string {
  const found = results.environments.find(({ environment }) => environment === name);
  return found === undefined ? name : labelOf(found);
}

/** Summary of a metric of a series in an environment; null when the series never ran there. */
export function summaryOf({ series }: EnvironmentResult, name: string, metric: Metric): Summary | null {
  return series.find((each) => each.series === name)?.[metric] ?? null;
}

/** The comparison of an environment with the baseline; null when there is none, as for the baseline itself. */
export function comparisonOf(
  results: Results,
  environment: EnvironmentName,
  series: string,
  metric: Metric,
): Comparison | null {
  return (
    results.comparisons.find(
      (each) => each.environment === environment && each.series === series && each.metric === metric,
    ) ?? null
  );
}

/** Methods of the intervals of the ratios of a metric, each once, as the results name them. */
export function intervalMethods(results: Results, metric: Metric): string[] {
  const compared = results.comparisons.filter((comparison) => comparison.metric === metric);
  return [...new Set(compared.flatMap(({ interval }) => (interval === null ? [] : [interval.method])))];
}

/** Seconds from the first to the last moment that a record names. */
export function durationOf(lines: readonly RecordLine[]): number {
  const moments = lines.flatMap((line) => ("at" in line ? [Date.parse(line.at)] : []));
  if (moments.length === 0) return 0;
  return (moments.reduce((a, b) => Math.max(a, b)) - moments.reduce((a, b) => Math.min(a, b))) / 1000;
}
