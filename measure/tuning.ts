import type { PriceBook } from "../catalogue/prices/schema.ts";
import { endpointFactsSchema } from "./endpoint.ts";
import { UnderlayError } from "./error.ts";
import { distributionOf } from "./distribution.ts";
import { costOfRequest } from "./function-cost.ts";
import type { Distribution, Results } from "./results.ts";
import type { RecordLine } from "./record.ts";
import { runOf } from "./run.ts";

/** A measured size of a function's memory: its results and the record that they were derived from. */
export interface MeasuredSize {
  readonly results: Results;
  readonly lines: readonly RecordLine[];
}

/** What is best. */
export type Objective =
  /** The least of weight × latency + (1 − weight) × cost, each as a share of the largest: 0 is cost alone, 1 latency alone. */
  | { readonly by: "weight"; readonly weight: number }
  /** The cheapest whose latency is credibly within a limit: the mean, or a percentile as a fraction. */
  | { readonly by: "latency"; readonly limitSec: number; readonly percentile: number | null };

/** What was found of one size. */
export interface TunedSize {
  /** In MiB. */
  readonly memoryMiB: number;
  /** Response times of warm requests, in seconds; null where none was answered. */
  readonly latency: Distribution | null;
  /** Response times of cold requests. */
  readonly cold: Distribution | null;
  /** Of a thousand warm predictions, in the book's currency; null with a reason where it cannot be told. */
  readonly cost: Distribution | null;
  readonly costReason: string | null;
  /** Largest memory that the service saw in use, in MiB; null where it did not tell. */
  readonly memoryUsedMiB: number | null;
  /** Why nothing runs at this size; null where something does. */
  readonly cannotRun: string | null;
  /** Whether no other size has both a lower mean latency and a lower mean cost. */
  readonly onFront: boolean;
  readonly record: Results["record"];
}

/** What memory to give a function. */
export interface Tuning {
  readonly model: string;
  readonly objective: Objective;
  readonly currency: string;
  readonly book: string;
  /** By memory, the least first. */
  readonly sizes: readonly TunedSize[];
  /** Memory of the best, in MiB; null when none qualifies. */
  readonly recommended: number | null;
  readonly reason: string;
  /** Sizes whose latency and cost the data cannot tell from the best's. */
  readonly ties: readonly number[];
}

const perThousand = 1000;

/**
 * What memory to give a function, by what was measured at each size.
 *
 * @param measured Records of the serving workload, one for each size, of one model; a later record of a size counts.
 * @param book What the provider charges.
 * @param objective What is best.
 * @throws UnderlayError `tuning-empty` without a record of a function, `tuning-models` when there are several models,
 *   `tuning-objective` when the objective is out of range
 */
export function tune(measured: readonly MeasuredSize[], book: PriceBook, objective: Objective): Tuning {
  checkObjective(objective);
  const bySize = new Map<number, MeasuredSize>();
  for (const each of measured) bySize.set(factsOf(each.results).memoryMiB, each);
  const models = new Set(measured.map(({ results }) => factsOf(results).model.name));
  const [model, other] = models;
  if (model === undefined) {
    throw new UnderlayError("tuning-empty", "No function was measured.", "Run `underlay tune` without --no-measure.");
  }
  if (other !== undefined) {
    throw new UnderlayError(
      "tuning-models",
      `${[...models].join(" and ")} were measured.`,
      `Choose one: --model ${model}.`,
    );
  }
  const found = [...bySize.entries()].sort(([a], [b]) => a - b).map(([, each]) => sizeOf(each, book));
  const sizes = found.map((size) => ({ ...size, onFront: isOnFront(size, found) }));
  const { best, reason } = bestOf(sizes, objective);
  return {
    ...{ model, objective, currency: book.currency, book: book.name, sizes, reason },
    recommended: best?.memoryMiB ?? null,
    ties: best === null ? [] : sizes.filter((size) => size !== best && alike(size, best)).map((size) => size.memoryMiB),
  };
}

function checkObjective(objective: Objective): void {
  const wrong =
    objective.by === "weight"
      ? !(objective.weight >= 0 && objective.weight <= 1)
      : !(
          objective.limitSec > 0 &&
          (objective.percentile === null || (objective.percentile > 0 && objective.percentile < 1))
        );
  if (wrong) {
    throw new UnderlayError(
      "tuning-objective",
      `The objective is ${JSON.stringify(objective)}.`,
      "Give a weight from 0 to 1, or a latency above 0 s and a percentile between 0 and 100.",
    );
  }
}

/** The endpoint that results are of. */
export function factsOf({ options }: Results) {
  const parsed = endpointFactsSchema.safeParse(options["endpoint"]);
  if (!parsed.success) {
    throw new UnderlayError("tuning-empty", "A record is not of a function: it names no endpoint.");
  }
  return parsed.data;
}

/** Requests of a series, of the only environment. */
export function requestsOf(results: Results, series: string) {
  return results.environments[0]?.series.find((each) => each.series === series)?.requests;
}

/** A distribution of a series; null where no request had a number of it. */
export function distributionIn(results: Results, series: string, metric: string): Distribution | null {
  const found = requestsOf(results, series)?.distributions.find((each) => each.metric === metric);
  return found === undefined || found.n === 0 ? null : found;
}

/**
 * What a thousand requests of a series cost, by what was charged of each; null where the service did not tell.
 *
 * @throws UnderlayError `price-unknown` when the book has no price for the memory
 */
export function costIn({ results, lines }: MeasuredSize, series: string, book: PriceBook): Distribution | null {
  const facts = factsOf(results);
  const billed = runOf(lines)
    .environments.flatMap(({ blocks }) => blocks.filter((block) => block.series === series))
    .flatMap(({ samples }) => samples?.["billedDuration"] ?? [])
    .filter((value) => value !== null);
  if (billed.length === 0) return null;
  const costs = billed.map((seconds) => costOfRequest(book, facts, seconds, true).total * perThousand);
  return distributionOf("cost", costs, `${book.currency}/1000`);
}

function sizeOf(measured: MeasuredSize, book: PriceBook): TunedSize {
  const { results } = measured;
  const { memoryMiB } = factsOf(results);
  const latency = distributionIn(results, "warm", "responseTime");
  const used = ["cold", "warm", "scale"].flatMap((series) => {
    const found = distributionIn(results, series, "memoryUsedMiB");
    return found?.percentiles.flatMap(({ value }) => value ?? []) ?? [];
  });
  return {
    ...{ memoryMiB, latency, cold: distributionIn(results, "cold", "responseTime") },
    ...costOrReason(measured, book, latency),
    memoryUsedMiB: used.length === 0 ? null : Math.max(...used),
    cannotRun: latency === null ? whyNothing(results) : null,
    onFront: false,
    record: results.record,
  };
}

function costOrReason(
  measured: MeasuredSize,
  book: PriceBook,
  latency: Distribution | null,
): Pick<TunedSize, "cost" | "costReason"> {
  if (latency === null) return { cost: null, costReason: "no request was answered" };
  try {
    const cost = costIn(measured, "warm", book);
    return { cost, costReason: cost === null ? "no REPORT line tells what was charged" : null };
  } catch (thrown) {
    if (thrown instanceof UnderlayError && thrown.code === "price-unknown") {
      return { cost: null, costReason: `${book.name} has no price for this size` };
    }
    throw thrown;
  }
}

/** The most frequent failure, in words. */
function whyNothing(results: Results): string {
  const failures = ["cold", "warm"].flatMap((series) =>
    Object.entries(requestsOf(results, series)?.counts ?? {}).filter(([name]) => name.startsWith("failed:")),
  );
  const [most] = failures.sort(([, a], [, b]) => b - a);
  return most === undefined ? "no warm request was kept" : most[0].slice("failed:".length);
}

const at = (size: TunedSize): { latency: number; cost: number } | null => {
  const [latency, cost] = [size.latency?.mean ?? null, size.cost?.mean ?? null];
  return latency === null || cost === null ? null : { latency, cost };
};

function isOnFront(size: TunedSize, all: readonly TunedSize[]): boolean {
  const own = at(size);
  return (
    own !== null &&
    !all.some((other) => {
      const its = at(other);
      if (its === null) return false;
      const noWorse = its.latency <= own.latency && its.cost <= own.cost;
      return noWorse && (its.latency < own.latency || its.cost < own.cost);
    })
  );
}

function bestOf(sizes: readonly TunedSize[], objective: Objective): { best: TunedSize | null; reason: string } {
  const known = sizes.flatMap((size) => {
    const point = at(size);
    return point === null ? [] : [{ size, ...point }];
  });
  if (known.length === 0) return { best: null, reason: "no size has both a latency and a cost" };
  if (objective.by === "weight") {
    const most = {
      latency: Math.max(...known.map((each) => each.latency)),
      cost: Math.max(...known.map((each) => each.cost)),
    };
    const { weight } = objective;
    const score = (each: { latency: number; cost: number }): number =>
      (weight * each.latency) / most.latency + (1 - weight) * (most.cost === 0 ? 0 : each.cost / most.cost);
    const [best] = known.sort((a, b) => score(a) - score(b));
    return { best: best?.size ?? null, reason: `least at a weight of ${weight} on latency` };
  }
  const { limitSec, percentile } = objective;
  const upper = (size: TunedSize): number | null => upperEnd(size.latency, percentile);
  const name = percentile === null ? "mean" : `p${Number((percentile * 100).toFixed(4))}`;
  const within = known.filter(({ size }) => (upper(size) ?? Infinity) <= limitSec);
  const [best] = within.sort((a, b) => a.cost - b.cost);
  if (best !== undefined) return { best: best.size, reason: `cheapest whose ${name} is credibly within ${limitSec} s` };
  const untold = known.filter(({ size }) => upper(size) === null).length;
  const why = untold === 0 ? "" : `; of ${untold} the ${name} has no interval, since too few requests were made`;
  return { best: null, reason: `no size has its ${name} credibly within ${limitSec} s${why}` };
}

/** Upper end of the 95 % interval of the mean or of a percentile; null without one. */
function upperEnd(latency: Distribution | null, percentile: number | null): number | null {
  if (percentile === null) return latency?.interval?.high ?? null;
  const found = latency?.percentiles.find(({ p }) => Math.abs(p - percentile) < 1e-9);
  return found?.interval?.high ?? null;
}

/** Whether the intervals of both latency and cost overlap. */
function alike(size: TunedSize, best: TunedSize): boolean {
  const overlap = (a: Distribution | null, b: Distribution | null): boolean =>
    a?.interval != null &&
    b?.interval != null &&
    a.interval.low <= b.interval.high &&
    b.interval.low <= a.interval.high;
  return overlap(size.latency, best.latency) && overlap(size.cost, best.cost);
}
