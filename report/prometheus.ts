import type { Comparison, Results, Summary } from "../measure/results.ts";
import { verdictSchema } from "../measure/results.ts";
import { missingRequestValues, requestFamilies } from "./prometheus-requests.ts";
import { boundValues, type Family, familyText, type Labels } from "./prometheus-text.ts";

/**
 * The summary of a run in the text format of Prometheus (version 0.0.4), for the textfile collector of a node exporter or
 * a push gateway. A number that is missing has no line, and a line of `underlay_missing` says why.
 */
export function resultsToPrometheus(results: Results): string {
  const families = [
    runFamily(results),
    ...summaryFamilies(results),
    ...requestFamilies(results),
    ...comparisonFamilies(results),
    ...interferenceFamilies(results),
    ...stateFamilies(results),
  ];
  return families
    .filter(({ values }) => values.length > 0)
    .map(familyText)
    .join("");
}

function runFamily({ runId, workload, profile, status, baseline, record }: Results): Family {
  const labels = { run: runId, workload, profile, status, baseline, record_sha256: record.sha256 };
  return { name: "underlay_run_info", help: "What was run; always 1.", values: [{ labels, value: 1 }] };
}

/** Summaries with the labels that say whose they are. */
function summaries({ environments }: Results, metric: Comparison["metric"]): { labels: Labels; summary: Summary }[] {
  return environments.flatMap(({ environment, facts, series }) =>
    series.map((each) => ({
      labels: { environment, virtualisation: facts.virtualisation, series: each.series },
      summary: each[metric],
    })),
  );
}

function summaryFamilies(results: Results): Family[] {
  const statistics = ["median", "mean", "standardDeviation"] as const;
  const families = (metric: Comparison["metric"], name: string, help: string): Family[] => {
    const all = summaries(results, metric).map(({ labels, summary }) => ({
      labels: metric === "throughput" ? { ...labels, unit: summary.unit } : labels,
      summary,
    }));
    const values = all.flatMap(({ labels, summary }) =>
      statistics.flatMap((statistic) => {
        const value = summary[statistic];
        const label = statistic === "standardDeviation" ? "standard_deviation" : statistic;
        return value === null ? [] : [{ labels: { ...labels, statistic: label }, value }];
      }),
    );
    const bounds = all.flatMap(({ labels, summary }) => boundValues(labels, summary.interval));
    const counts = all.map(({ labels, summary }) => ({ labels, value: summary.n }));
    return [
      { name, help, values },
      { name: `${name}_interval`, help: `Bounds of the 95 % interval of the mean. ${help}`, values: bounds },
      { name: `${name}_values`, help: `How many values were summarised. ${help}`, values: counts },
    ];
  };
  return [
    ...families(
      "throughput",
      "underlay_throughput_items_per_second",
      "Items per second over the timed steps of a block.",
    ),
    ...families("elapsed", "underlay_elapsed_seconds", "Seconds from launch to end of a round, waiting left out."),
  ];
}

function comparisonFamilies({ comparisons }: Results): Family[] {
  const all = comparisons.map((comparison) => {
    const { environment, baseline, series, metric } = comparison;
    return { labels: { environment, baseline, series, metric }, comparison };
  });
  return [
    {
      name: "underlay_ratio",
      help: "Environment divided by baseline.",
      values: all.flatMap(({ labels, comparison: { ratio } }) => (ratio === null ? [] : [{ labels, value: ratio }])),
    },
    {
      name: "underlay_ratio_interval",
      help: "Bounds of the 95 % interval of the ratio.",
      values: all.flatMap(({ labels, comparison: { interval } }) => boundValues(labels, interval)),
    },
    {
      name: "underlay_verdict",
      help: "1 for the verdict that holds, 0 for the others.",
      values: all.flatMap(({ labels, comparison }) =>
        verdictSchema.options.map((verdict) => ({
          labels: { ...labels, verdict },
          value: comparison.verdict === verdict ? 1 : 0,
        })),
      ),
    },
  ];
}

function interferenceFamilies({ interference = [] }: Results): Family[] {
  const all = interference.map((found) => {
    const { environment, series, alone } = found;
    return { labels: { environment, series, alone }, found };
  });
  return [
    {
      name: "underlay_interference_ratio",
      help: "Throughput beside other programs divided by that alone.",
      values: all.flatMap(({ labels, found: { ratio } }) => (ratio === null ? [] : [{ labels, value: ratio }])),
    },
    {
      name: "underlay_interference_ratio_interval",
      help: "Bounds of the 95 % interval of the ratio beside other programs.",
      values: all.flatMap(({ labels, found }) => boundValues(labels, found.interval)),
    },
    {
      name: "underlay_interference_seconds_per_item",
      help: "Extra seconds per item beside other programs, by what they went into.",
      values: all.flatMap(({ labels, found: { parts } }) =>
        parts.flatMap(({ cause, secondsPerItem }) =>
          secondsPerItem === null ? [] : [{ labels: { ...labels, cause }, value: secondsPerItem }],
        ),
      ),
    },
  ];
}

function stateFamilies(results: Results): Family[] {
  const { environments, drift, failures } = results;
  const steady = drift.filter(({ ratio }) => ratio !== null);
  return [
    {
      name: "underlay_drift_ratio",
      help: "Last third of the baseline's blocks divided by the first third.",
      values: steady.map(({ series, ratio }) => ({ labels: { series }, value: ratio ?? 0 })),
    },
    {
      name: "underlay_failures",
      help: "Sessions that failed.",
      values: environments.map(({ environment }) => ({
        labels: { environment },
        value: failures.filter((failure) => failure.environment === environment).length,
      })),
    },
    {
      name: "underlay_skipped",
      help: "Environments that were asked for and cannot be had; always 1.",
      values: results.skipped.map(({ environment, reason }) => ({ labels: { environment, reason }, value: 1 })),
    },
    {
      name: "underlay_missing",
      help: "Why a number is missing; always 1.",
      values: [...missingValues(results), ...missingRequestValues(results)],
    },
  ];
}

function missingValues(results: Results): Family["values"] {
  const metrics = ["throughput", "elapsed"] as const;
  const ofSummaries = metrics.flatMap((metric) =>
    summaries(results, metric).map(({ labels: { environment = "", series = "" }, summary }) => {
      return { labels: { of: "summary", environment, series, metric }, reason: summary.reason };
    }),
  );
  const ofComparisons = results.comparisons.map(({ environment, series, metric, reason }) => {
    return { labels: { of: "ratio", environment, series, metric }, reason };
  });
  const ofInterference = (results.interference ?? []).map(({ environment, series, reason }) => {
    return { labels: { of: "interference", environment, series, metric: "throughput" }, reason };
  });
  const ofDrift = results.drift.map(({ series, reason }) => ({
    labels: { of: "drift", environment: results.baseline, series, metric: "throughput" },
    reason,
  }));
  return [...ofSummaries, ...ofComparisons, ...ofInterference, ...ofDrift].flatMap(({ labels, reason }) =>
    reason === null ? [] : [{ labels: { ...labels, reason }, value: 1 }],
  );
}
