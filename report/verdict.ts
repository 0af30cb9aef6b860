import type { Comparison, Results } from "../measure/results.ts";
import { changeText, intervalText, listText, ratioText } from "./number-text.ts";
import { baselineFirst, comparisonOf, labelOf, labelOfName, seriesOf } from "./run.ts";
import type { EnvironmentResult, Metric } from "./run.ts";

/** What a run found about one environment, in plain words. */
export interface Finding {
  /** Name of the environment with its virtualisation. */
  readonly label: string;
  /** Clauses on throughput and elapsed time, to stand after “in” and the label; ends with a full stop. */
  readonly text: string;
}

const outcomes = ["slower", "faster", "mixed", "no credible difference", "cannot tell"] as const;
type Outcome = (typeof outcomes)[number];

/** The title of a report, such as `Training (resnet50) in four environments`. */
export function reportTitle({ workload, options, environments }: Results): string {
  const model = typeof options["model"] === "string" ? ` (${options["model"]})` : "";
  const name = workload.slice(0, 1).toUpperCase() + workload.slice(1).replaceAll("-", " ");
  const n = environments.length;
  const count = ["no", "one", "two", "three", "four", "five", "six"][n] ?? String(n);
  return `${name}${model} in ${count} environment${n === 1 ? "" : "s"}`;
}

/** The throughput of all environments in one sentence. */
export function leadSentence(results: Results): string {
  const others = baselineFirst(results).filter(({ environment }) => environment !== results.baseline);
  const baseline = labelOfName(results, results.baseline);
  if (others.length === 0) return `Only ${baseline} was measured: there is nothing to compare it with.`;
  const clauses = outcomes.flatMap((outcome) => {
    const labels = others.filter((each) => outcomeOf(results, each) === outcome).map(labelOf);
    return labels.length === 0 ? [] : [clauseOf(outcome, labels)];
  });
  return `Against ${baseline}, ${clauses.join("; ")}.`;
}

function outcomeOf(results: Results, { environment }: EnvironmentResult): Outcome {
  const verdicts = new Set(
    seriesOf(results).map((series) => comparisonOf(results, environment, series, "throughput")?.verdict),
  );
  const [only] = verdicts;
  if (verdicts.size === 1) return only ?? "cannot tell";
  return "mixed";
}

function clauseOf(outcome: Outcome, labels: readonly string[]): string {
  const who = listText(labels);
  switch (outcome) {
    case "slower":
    case "faster":
      return `${who} ${labels.length === 1 ? "was" : "were"} ${outcome}`;
    case "mixed":
      return `${who} differed from series to series`;
    case "no credible difference":
      return `${who} showed no credible difference`;
    case "cannot tell":
      return `nothing can be told about ${who}`;
  }
}

/** One finding for each environment but the baseline: both metrics of every series, with their intervals. */
export function findings(results: Results): Finding[] {
  return baselineFirst(results)
    .filter(({ environment }) => environment !== results.baseline)
    .map((environment) => ({
      label: labelOf(environment),
      text: `${metricText(results, environment, "throughput")}; ${metricText(results, environment, "elapsed")}.`,
    }));
}

const nouns: Record<Metric, { name: string; below: string; above: string }> = {
  throughput: { name: "throughput was", below: "lower", above: "higher" },
  elapsed: { name: "the time from launch to end was", below: "shorter", above: "longer" },
};

function metricText(results: Results, { environment }: EnvironmentResult, metric: Metric): string {
  const all = seriesOf(results);
  const clauses = all.map((series) => {
    const suffix = all.length === 1 ? "" : ` with ${series}`;
    return comparisonText(comparisonOf(results, environment, series, metric), metric, suffix);
  });
  return `${nouns[metric].name} ${clauses.join(" and ")}`;
}

function comparisonText(comparison: Comparison | null, metric: Metric, suffix: string): string {
  if (comparison?.ratio == null) {
    return `not comparable${suffix} (${comparison?.reason ?? "it was not measured"})`;
  }
  const { ratio, interval, verdict } = comparison;
  const noInterval = `no interval: ${comparison.reason ?? "no reason is given"}`;
  if (verdict === "no credible difference" || verdict === "cannot tell") {
    const what = verdict === "cannot tell" ? "not certain enough to tell" : "without a credible difference";
    const range = interval === null ? noInterval : `95 % interval ${intervalText(interval)}`;
    return `${what}${suffix} (ratio ${ratioText(ratio)}; ${range})`;
  }
  const direction = ratio < 1 ? nouns[metric].below : nouns[metric].above;
  const size = changeText(ratio).replace(/^[+−]/, "");
  const range =
    interval === null ? noInterval : `95 % interval ${changeText(interval.low)} to ${changeText(interval.high)}`;
  return `${size} ${direction}${suffix} (${range})`;
}

/** What a reader must know before the numbers: an incomplete run, failures, drift, unequal bits, a quick profile. */
export function warnings(results: Results): string[] {
  const notes: string[] = [];
  if (results.status === "partial") notes.push("This run is partial: what it did not measure is shown as missing.");
  if (results.status === "cancelled") {
    notes.push("This run was cancelled before its end: it shows what was measured until then.");
  }
  for (const { environment, code, message } of results.failures) {
    notes.push(`${labelOfName(results, environment)} failed (${code}): ${message}`);
  }
  for (const { series, verdict } of results.drift) {
    if (verdict === "drifted") {
      notes.push(
        `The machine drifted while ${series} was measured: its baseline did not hold still, and ratios that look small may be due to that.`,
      );
    }
  }
  const roots = new Set(results.environments.map(({ facts }) => facts.rootDigest));
  if (roots.size > 1) notes.push("The environments did not run the same bits: their root file systems differ.");
  return notes;
}

/** What the profile means for how far the numbers carry; null for a profile that needs no caution. */
export function profileNote(profile: string): string | null {
  if (profile !== "quick") return null;
  return (
    "The profile is “quick”: few and short blocks, so that a laptop finishes in minutes. It suits a first look at direction " +
    "and rough size. It is not the paper’s measurement, which the profile “paper” repeats (10 steps of warm-up and 100 timed steps)."
  );
}

/** Whether the baseline held still during one series, in one sentence. */
export function driftText(drift: Results["drift"][number]): string {
  const { series, ratio, interval, verdict, reason } = drift;
  if (ratio === null || verdict === "cannot tell") return `${series}: cannot tell (${reason ?? "no reason is given"}).`;
  const range = interval === null ? "" : `, 95 % interval ${intervalText(interval)}`;
  return `${series}: ${verdict}; last third of the baseline’s blocks ÷ first third ${ratioText(ratio)}${range}.`;
}
