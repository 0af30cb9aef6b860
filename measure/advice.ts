import { UnderlayError } from "./error.ts";
import type { EnvironmentName } from "./facts.ts";
import type { Comparison, Results } from "./results.ts";
import type { ScenarioName } from "./scenario.ts";

type Metric = Comparison["metric"];
type EnvironmentResult = Results["environments"][number];

/** One measured comparison that candidates are taken from. */
export interface MeasuredCell {
  readonly scenario: ScenarioName;
  readonly results: Results;
}

/** What is asked. */
export interface Question {
  /** Such as `training`. */
  readonly workload: string;
  /** Such as `resnet50`. @default the only one that was measured */
  readonly model?: string | undefined;
  /** @default all that were measured */
  readonly scenario?: ScenarioName | undefined;
  /** Items per step. @default the largest that was measured */
  readonly batchSize?: number | undefined;
  /** How many times slower than the baseline is accepted, above 0; 1 is as fast. */
  readonly slowdown: number;
  /** What must be within it. */
  readonly metrics: readonly Metric[];
  /** Of one host for an hour, 0 or more, in any currency. None at all means that all cost the same: 1. */
  readonly prices: ReadonlyMap<EnvironmentName, number>;
}

/** A range that a number lies in with 95 % confidence. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Whether a candidate is within what is accepted. */
export type Qualification = "qualifies" | "does not qualify" | "cannot tell";

/** An environment in a scenario. */
export interface Candidate {
  readonly environment: EnvironmentName;
  /** What virtualises it, such as `kvm`. */
  readonly virtualisation: string;
  readonly scenario: ScenarioName;
  readonly baseline: EnvironmentName;
  readonly verdict: Qualification;
  readonly reason: string;
  /** Series and metric that decided; null for the baseline. */
  readonly decided: { readonly series: string; readonly metric: Metric } | null;
  /** How many times slower than the baseline in the same scenario; null when it could not be told. */
  readonly slowdown: number | null;
  /** Null for the baseline, which is as slow as itself. */
  readonly interval: Range | null;
  /** Hosts that one training pays for: half a one where two share it. */
  readonly hosts: number;
  /** Of one host for an hour; null when no price was given for it. */
  readonly pricePerHour: number | null;
  /** Mean items per second of its slowest series; null when none was measured. */
  readonly throughput: number | null;
  /** Of a million items at that throughput. */
  readonly cost: number | null;
  /** From the 95 % interval of the mean throughput; null without one. */
  readonly costInterval: Range | null;
  /** Throughput beside the other program ÷ alone, the worst of its series; null where nothing is beside. */
  readonly besideAlone: number | null;
  readonly runId: string;
  readonly status: Results["status"];
  readonly record: Results["record"];
}

/** What to run a workload on. */
export interface Advice {
  readonly model: string;
  readonly batchSize: number | null;
  readonly slowdown: number;
  /** Whether no price was given, so that all hosts count the same and costs are in hours of a host. */
  readonly equalPrices: boolean;
  /** The cheapest that qualifies; null when none qualifies, or none that does has a price. */
  readonly chosen: Candidate | null;
  /** Others that qualify and whose costs cannot be told apart from its own. */
  readonly ties: readonly Candidate[];
  /** By scenario as measured, the baseline first. */
  readonly candidates: readonly Candidate[];
  /** Batch sizes that were measured and left out. */
  readonly otherBatchSizes: readonly number[];
}

/**
 * What to run a workload on, by what was measured and what hosts cost.
 *
 * An environment in a scenario qualifies when the upper end of the 95 % interval of its slowdown against the baseline in
 * the same scenario is within what is accepted; it does not when the lower end is above; anything else cannot be told.
 * This holds for every series and metric that is asked for: all must be within, which needs no correction for their number
 * (intersection-union test: Berger, Technometrics 24, 1982), and the worst is shown. Series that are only played alone, as
 * the control of another, do not count. The baseline is as slow as itself.
 *
 * Of those that qualify the cheapest per million items is chosen: price of an hour × hosts ÷ items of an hour, by the mean
 * throughput of its slowest series. A distributed training pays for all its hosts; two that share a host pay half each.
 * Costs whose intervals (those of the mean throughputs) overlap cannot be told apart.
 *
 * @param cells What was measured.
 * @throws UnderlayError `advice-question` when slowdown or a price is out of range, `advice-empty` when nothing that was
 *   measured fits, `advice-model` when several models do and none was asked for.
 */
export function advise(cells: readonly MeasuredCell[], question: Question): Advice {
  checkQuestion(question);
  const { model, fitting } = chosenCells(cells, question);
  const sizes = [...new Set(fitting.map(batchOf))].sort((a, b) => (b ?? 0) - (a ?? 0));
  const batchSize = sizes[0] ?? null;
  const candidates = fitting
    .filter((cell) => batchOf(cell) === batchSize)
    .flatMap((cell) => {
      const { environments, baseline } = cell.results;
      const first = environments.filter(({ environment }) => environment === baseline);
      const others = environments.filter(({ environment }) => environment !== baseline);
      return [...first, ...others].map((environment) => candidateOf(environment, cell, question));
    });
  const chosen = cheapest(candidates);
  return {
    ...{ model, batchSize, slowdown: question.slowdown, equalPrices: question.prices.size === 0, chosen },
    ties: chosen === null ? [] : candidates.filter((other) => other !== chosen && tied(other, chosen)),
    candidates,
    otherBatchSizes: sizes.slice(1).flatMap((size) => size ?? []),
  };
}

function checkQuestion({ slowdown, prices }: Question): void {
  if (!(slowdown > 0 && Number.isFinite(slowdown))) {
    throw new UnderlayError(
      "advice-question",
      `The accepted slowdown is ${slowdown}.`,
      "Give a number above 0: 1 is as fast as the baseline, 1.1 takes a tenth longer.",
    );
  }
  for (const [environment, price] of prices) {
    if (!(price >= 0 && Number.isFinite(price))) {
      throw new UnderlayError(
        "advice-question",
        `The price of ${environment} is ${price}.`,
        "Give what a host costs for an hour: 0 or more.",
      );
    }
  }
}

/** Its model; its workload where that has no models. */
function modelOf({ results: { options, workload } }: MeasuredCell): string {
  return typeof options["model"] === "string" ? options["model"] : workload;
}

function batchOf({ results }: MeasuredCell): number | null {
  const size = results.options["batchSize"];
  return typeof size === "number" ? size : null;
}

/** The cells that the question is about, of one model. */
function chosenCells(
  cells: readonly MeasuredCell[],
  { workload, model, scenario, batchSize }: Question,
): { readonly model: string; readonly fitting: readonly MeasuredCell[] } {
  const fitting = cells.filter(
    (cell) =>
      cell.results.workload === workload &&
      (model === undefined || modelOf(cell) === model) &&
      (scenario === undefined || cell.scenario === scenario) &&
      (batchSize === undefined || batchOf(cell) === batchSize),
  );
  const models = [...new Set(fitting.map(modelOf))];
  const [only] = models;
  if (only === undefined) {
    const known = cells.map((cell) => {
      return `${cell.results.workload} of ${modelOf(cell)}, ${cell.scenario}, batch ${String(batchOf(cell))}`;
    });
    const asked = [workload, model, scenario, batchSize === undefined ? undefined : `batch ${batchSize}`];
    throw new UnderlayError(
      "advice-empty",
      `Nothing was measured of ${asked.filter((word) => word !== undefined).join(", ")}.`,
      `There is: ${[...new Set(known)].join("; ")}.`,
    );
  }
  if (models.length > 1) {
    const message = `${models.join(" and ")} were measured, and their items do not cost the same.`;
    throw new UnderlayError("advice-model", message, `Choose one: --model ${only}.`);
  }
  return { model: only, fitting };
}

function candidateOf(result: EnvironmentResult, cell: MeasuredCell, question: Question): Candidate {
  const { scenario, results } = cell;
  const { environment, facts } = result;
  const controls = new Set(results.interference?.map(({ alone }) => alone));
  const series = result.series.filter((each) => !controls.has(each.series));
  const hosts = scenario === "shared" ? 0.5 : 1 + (scenario === "distributed" ? (result.companions?.length ?? 0) : 0);
  const pricePerHour = question.prices.size === 0 ? 1 : (question.prices.get(environment) ?? null);
  const besides = (results.interference ?? []).flatMap((each) =>
    each.environment === environment && each.ratio !== null ? [each.ratio] : [],
  );
  return {
    ...{ environment, virtualisation: facts.virtualisation, scenario, baseline: results.baseline, hosts, pricePerHour },
    ...(environment === results.baseline
      ? ofBaseline(series, question)
      : judged(
          series.map((each) => each.series),
          environment,
          results,
          question,
        )),
    ...costOf(series, pricePerHour === null ? null : pricePerHour * hosts),
    besideAlone: besides.length === 0 ? null : Math.min(...besides),
    ...{ runId: results.runId, status: results.status, record: results.record },
  };
}

type Judged = Pick<Candidate, "verdict" | "reason" | "decided" | "slowdown" | "interval">;

function ofBaseline(series: EnvironmentResult["series"], { slowdown }: Question): Judged {
  if (series.every(({ throughput }) => throughput.mean === null)) {
    const reason = series[0]?.throughput.reason ?? "it was not measured";
    return { verdict: "cannot tell", reason, decided: null, slowdown: null, interval: null };
  }
  const verdict = slowdown >= 1 ? "qualifies" : "does not qualify";
  return { verdict, reason: "it is the baseline", decided: null, slowdown: 1, interval: null };
}

/** The worst of all series and metrics. */
function judged(
  series: readonly string[],
  environment: EnvironmentName,
  { comparisons }: Results,
  { slowdown: accepted, metrics }: Question,
): Judged {
  const all = series
    .flatMap((name) => metrics.map((metric) => ({ series: name, metric })))
    .map((decided): Judged => {
      const found = comparisons.find(
        (each) => each.environment === environment && each.series === decided.series && each.metric === decided.metric,
      );
      return { ...judgedAlone(found, accepted), decided };
    });
  const order: readonly Qualification[] = ["does not qualify", "cannot tell", "qualifies"];
  const first = order.find((verdict) => all.some((each) => each.verdict === verdict));
  const high = ({ interval }: Judged): number => interval?.high ?? Number.MAX_VALUE;
  const [worst] = all.filter(({ verdict }) => verdict === first).sort((a, b) => high(b) - high(a));
  const reason = "no series of it was measured";
  return worst ?? { verdict: "cannot tell", reason, decided: null, slowdown: null, interval: null };
}

function judgedAlone(found: Comparison | undefined, accepted: number): Omit<Judged, "decided"> {
  const { ratio = null, interval = null, metric } = found ?? {};
  const slower = (value: number): number => (metric === "throughput" ? 1 / value : value);
  const slowdown = ratio === null ? null : slower(ratio);
  if (interval === null) {
    return { verdict: "cannot tell", reason: found?.reason ?? "it was not compared", slowdown, interval };
  }
  const [low = 0, high = 0] = [slower(interval.low), slower(interval.high)].sort((a, b) => a - b);
  const range = { slowdown, interval: { low, high } };
  if (high <= accepted) return { verdict: "qualifies", reason: "the interval is within what is accepted", ...range };
  if (low > accepted)
    return { verdict: "does not qualify", reason: "the interval is above what is accepted", ...range };
  return { verdict: "cannot tell", reason: "the interval goes beyond what is accepted", ...range };
}

const million = 1e6;
const secondsPerHour = 3600;

/** Cost of a million items by the slowest series, at a price for an hour of all its hosts. */
function costOf(
  series: EnvironmentResult["series"],
  hourly: number | null,
): Pick<Candidate, "throughput" | "cost" | "costInterval"> {
  const rates = series.flatMap(({ throughput: { mean, interval } }) => (mean === null ? [] : [{ mean, interval }]));
  const [slowest] = rates.sort((a, b) => a.mean - b.mean);
  if (slowest === undefined) return { throughput: null, cost: null, costInterval: null };
  const { mean, interval } = slowest;
  if (hourly === null) return { throughput: mean, cost: null, costInterval: null };
  const at = (rate: number): number => (hourly * million) / (rate * secondsPerHour);
  const known = interval !== null && interval.low > 0;
  return {
    throughput: mean,
    cost: at(mean),
    costInterval: known ? { low: at(interval.high), high: at(interval.low) } : null,
  };
}

/** The first of those that qualify whose cost is least. */
function cheapest(candidates: readonly Candidate[]): Candidate | null {
  const priced = candidates.filter(({ verdict, cost }) => verdict === "qualifies" && cost !== null);
  return priced.reduce<Candidate | null>(
    (best, each) => (best === null || (each.cost ?? Infinity) < (best.cost ?? Infinity) ? each : best),
    null,
  );
}

/** Whether it qualifies at a cost that the data cannot tell from the chosen one's; without an interval they never can. */
function tied(other: Candidate, { cost, costInterval }: Candidate): boolean {
  if (other.verdict !== "qualifies" || other.cost === null || cost === null) return false;
  if (other.cost === cost || other.costInterval === null || costInterval === null) return true;
  return other.costInterval.low <= costInterval.high;
}
