import type { Comparison, Interval, Results } from "../measure/results.ts";
import { changeText, intervalText, listText, ratioText } from "./number-text.ts";
import { baselineFirst, comparisonOf, labelOf, labelOfName, seriesOf } from "./run.ts";
import type { EnvironmentResult, Metric } from "./run.ts";

/** What a run found about one environment, in plain words. */
export interface Finding {
  /** Name of the environment with its virtualisation. */
  readonly label: string;
  /** Clauses on throughput and elapsed time, to stand after the label and a colon; ends with a full stop. */
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

/** What a run found, in two sentences: one on throughput, one on elapsed time, over all series. */
export function verdictText(results: Results): string {
  const others = baselineFirst(results).filter(({ environment }) => environment !== results.baseline);
  const baseline = labelOfName(results, results.baseline);
  const [only] = others;
  if (only === undefined) return `Only ${baseline} was measured: there is nothing to compare it with.`;
  const sentence = (metric: Metric): string => {
    const clauses = outcomes.flatMap((outcome) => {
      const labels = others.filter((each) => outcomeOf(results, each, metric) === outcome).map(labelOf);
      return labels.length === 0 ? [] : [clauseOf(outcome, metric, listText(labels))];
    });
    return clauses.length === 1 ? clauses.join("") : `${clauses.slice(0, -1).join(", ")}, and ${clauses.at(-1) ?? ""}`;
  };
  const { throughput, elapsed } = nouns;
  return (
    `Compared with ${baseline}, ${throughput.name} ${sentence("throughput")}. ` +
    `The ${elapsed.name} ${sentence("elapsed")}.`
  );
}

/** The verdict that holds in every series, or that they differ. */
function outcomeOf(results: Results, { environment }: EnvironmentResult, metric: Metric): Outcome {
  const verdicts = new Set(
    seriesOf(results).map((series) => comparisonOf(results, environment, series, metric)?.verdict ?? "cannot tell"),
  );
  const [only] = verdicts;
  return verdicts.size === 1 ? (only ?? "cannot tell") : "mixed";
}

const nouns = {
  throughput: { name: "throughput", below: "lower", above: "higher", slower: "lower", faster: "higher" },
  elapsed: { name: "time from launch to end", below: "shorter", above: "longer", slower: "longer", faster: "shorter" },
} as const;

function clauseOf(outcome: Outcome, metric: Metric, where: string): string {
  switch (outcome) {
    case "slower":
    case "faster":
      return `was ${nouns[metric][outcome]} in ${where}`;
    case "mixed":
      return `differed from series to series in ${where}`;
    case "no credible difference":
      return `showed no credible difference in ${where}`;
    case "cannot tell":
      return `cannot be judged in ${where}`;
  }
}

/** One finding for each environment but the baseline: both metrics of every series, with 95 % intervals in brackets. */
export function findings(results: Results): Finding[] {
  return baselineFirst(results)
    .filter(({ environment }) => environment !== results.baseline)
    .map((environment) => ({
      label: labelOf(environment),
      text: `${metricText(results, environment, "throughput")}; ${metricText(results, environment, "elapsed")}.`,
    }));
}

function metricText(results: Results, { environment }: EnvironmentResult, metric: Metric): string {
  const all = seriesOf(results);
  const clauses = all.map((series) => {
    const suffix = all.length === 1 ? "" : ` with ${series}`;
    return comparisonText(comparisonOf(results, environment, series, metric), metric, suffix);
  });
  return `${nouns[metric].name} ${clauses.join(", ")}`;
}

function comparisonText(comparison: Comparison | null, metric: Metric, suffix: string): string {
  if (comparison?.ratio == null) return `not comparable${suffix} (${comparison?.reason ?? "it was not measured"})`;
  const { ratio, interval, verdict, reason } = comparison;
  const range = interval === null ? `no interval: ${reason ?? "no reason is given"}` : rangeText(interval);
  if (verdict === "no credible difference") return `without a credible difference${suffix} (${range})`;
  const size = changeText(ratio).replace(/^[+−]/, "");
  const direction = ratio < 1 ? nouns[metric].below : nouns[metric].above;
  const doubt = verdict === "cannot tell" ? ", too uncertain to judge" : "";
  return `${size} ${direction}${suffix}${doubt} (${range})`;
}

/** The bounds of an interval as changes, such as `−3.9 to −2.4 %`. */
function rangeText({ low, high }: Interval): string {
  return `${changeText(low).replace(/\u00a0%$/, "")} to ${changeText(high)}`;
}

/** What a reader must know before the numbers: an incomplete run, failures, drift, unequal bits, a quick profile. */
export function warnings(results: Results): string[] {
  const notes: string[] = [];
  if (results.status === "partial") notes.push("This run is partial: what it did not measure is shown as missing.");
  if (results.status === "cancelled") {
    notes.push("This run was cancelled before its end: it shows what was measured until then.");
  }
  for (const { environment, reason } of results.skipped) {
    notes.push(`${environment} was left out, since it cannot be had here: ${reason}`);
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
  const range = interval === null ? "" : `, 95\u00a0% interval ${intervalText(interval)}`;
  return `${series}: ${verdict}; last third of the baseline’s blocks ÷ first third ${ratioText(ratio)}${range}.`;
}
