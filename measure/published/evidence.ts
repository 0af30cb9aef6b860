import type { DataName, PublishedClaim, PublishedConditions } from "../../catalogue/published/schema.ts";
import type { EnvironmentName } from "../facts.ts";
import type { Results } from "../results.ts";
import { comparisonEstimate, inverse, less, meanEstimate, ratioOf, unity } from "./estimate.ts";
import type { Estimated, LogEstimate } from "./estimate.ts";
import type { EvidenceTerm, Metric, StudyCell } from "./judgement.ts";

/** One place to look for evidence. */
export interface Point {
  readonly cell: StudyCell;
  readonly environment: EnvironmentName;
  readonly metric: Metric;
  readonly series: DataName;
}

/** A ratio of a claim, or why there is none. */
export interface Measured extends Point {
  readonly quantity: string;
  readonly estimate: LogEstimate | null;
  /** Why there is no estimate; null when there is one. */
  readonly reason: string | null;
  /** Whether the study has not measured it at all, so that it speaks neither for nor against the claim. */
  readonly unmeasured: boolean;
  readonly terms: readonly EvidenceTerm[];
}

/** What a ratio is made of so far. */
interface Ratio {
  readonly found: Estimated;
  readonly unmeasured: boolean;
  readonly terms: readonly EvidenceTerm[];
}

/** Whether a cell is of the scenario, model and, where there is one, batch size of the conditions. */
export function meets({ scenario, model, batchSize }: StudyCell, conditions: PublishedConditions): boolean {
  return (
    conditions.scenarios.includes(scenario) &&
    conditions.models.some((name) => name === model) &&
    (conditions.batchSize === null || conditions.batchSize === batchSize)
  );
}

/** Everything that a study has of a claim: each cell, environment, metric and series that it is about. */
export function measure(claim: PublishedClaim, cells: readonly StudyCell[]): Measured[] {
  const { conditions, environments, metrics } = claim;
  return cells
    .filter((cell) => meets(cell, conditions))
    .flatMap((cell) => environments.map((environment) => ({ cell, environment })))
    .flatMap((place) => metrics.map((metric) => ({ ...place, metric })))
    .flatMap((place) => conditions.data.map((series) => ({ ...place, series })))
    .flatMap((point) =>
      claim.comparedWith === null ? [simple(claim, point, cells)] : contrasts(claim, point, claim.comparedWith, cells),
    );
}

function simple(claim: PublishedClaim, point: Point, cells: readonly StudyCell[]): Measured {
  return measured(point, quantityOf(claim, point), ratioAt(claim, point, cells));
}

/** The slowdown at a point against that at every point that it is compared with. */
function contrasts(
  claim: PublishedClaim,
  point: Point,
  changed: NonNullable<PublishedClaim["comparedWith"]>,
  cells: readonly StudyCell[],
): Measured[] {
  const others = partners(claim.conditions, point, changed, cells);
  const here = slowdownAt(claim, point, cells);
  if (others.length === 0) {
    const reason = "the study has nothing to compare it with";
    return [
      measured(point, `slowdown, ${quantityOf(claim, point)}`, {
        found: { estimate: null, reason },
        unmeasured: true,
        terms: here.terms,
      }),
    ];
  }
  return others.map((other) => {
    const there = slowdownAt(claim, other, cells);
    const quantity = `slowdown of ${point.environment}, ${differing(point, other)}`;
    const parts = [here, there];
    const missing = parts.find(({ found }) => found.estimate === null);
    const unequal = unequalResources(point, other);
    const found = ((): Estimated => {
      if (unequal !== null) return { estimate: null, reason: unequal };
      if (here.found.estimate === null) return here.found;
      if (there.found.estimate === null) return there.found;
      return { estimate: less(here.found.estimate, there.found.estimate), reason: null };
    })();
    return measured(point, quantity, {
      found,
      unmeasured: missing?.unmeasured ?? false,
      terms: parts.flatMap(({ terms }) => terms),
    });
  });
}

function measured(point: Point, quantity: string, { found, unmeasured, terms }: Ratio): Measured {
  return { ...point, quantity, estimate: found.estimate, reason: found.reason, unmeasured, terms };
}

/** Where the study has what a point is compared with: all that is not replaced is the same. */
function partners(
  conditions: PublishedConditions,
  { cell, environment, metric, series }: Point,
  changed: NonNullable<PublishedClaim["comparedWith"]>,
  cells: readonly StudyCell[],
): Point[] {
  const { scenarios, models, data, batchSize } = changed;
  const there: PublishedConditions = {
    scenarios: scenarios ?? [cell.scenario],
    models: models ?? conditions.models,
    data: data ?? [series],
    batchSize: batchSize ?? (models === undefined ? cell.batchSize : null),
  };
  return cells
    .filter((other) => meets(other, there) && other.framework === cell.framework)
    .filter((other) => models !== undefined || other.model === cell.model)
    .flatMap((other) =>
      there.data.map((name) => ({ cell: other, environment, metric: changed.metric ?? metric, series: name })),
    );
}

function slowdownAt(claim: PublishedClaim, point: Point, cells: readonly StudyCell[]): Ratio {
  const ratio = ratioAt(claim, point, cells);
  const { estimate } = ratio.found;
  if (estimate === null || point.metric === "elapsed") return ratio;
  return { ...ratio, found: { estimate: inverse(estimate), reason: null } };
}

function ratioAt(claim: PublishedClaim, point: Point, cells: readonly StudyCell[]): Ratio {
  return claim.baseline === null ? interferenceAt(point, cells) : environmentsAt(point, claim.baseline);
}

/** An environment against another one of the same run. Where neither is the run's baseline, over that. */
function environmentsAt(point: Point, baseline: EnvironmentName): Ratio {
  const { results } = point.cell;
  const sides = [point.environment, baseline].map((name) => ({ name, found: againstBaseline(point, name) }));
  const missing = sides.find(({ found }) => found.estimate === null);
  const terms = sides.flatMap(({ name, found: { estimate } }) =>
    estimate === null || name === results.baseline ? [] : [termOf(point, name, results.baseline, estimate)],
  );
  const [one, other] = sides.map(({ found }) => found.estimate);
  if (missing !== undefined || one == null || other == null) {
    const found = missing?.found ?? { estimate: null, reason: "it was not measured" };
    return { found, unmeasured: sides.some(({ name }) => !ran(results, name, point.series)), terms };
  }
  const estimate = point.environment === results.baseline ? inverse(other) : less(one, other);
  return { found: { estimate, reason: null }, unmeasured: false, terms };
}

function againstBaseline({ cell: { results }, metric, series }: Point, name: EnvironmentName): Estimated {
  if (!ran(results, name, series)) {
    const skipped = results.skipped.find(({ environment }) => environment === name);
    const why = skipped === undefined ? "" : `: ${skipped.reason}`;
    return { estimate: null, reason: `${name} was not measured with ${series}${why}` };
  }
  if (name === results.baseline) return { estimate: unity, reason: null };
  const comparison = results.comparisons.find(
    (each) => each.environment === name && each.series === series && each.metric === metric,
  );
  return comparison === undefined
    ? { estimate: null, reason: `${name} was not compared with ${results.baseline}` }
    : comparisonEstimate(comparison);
}

function ran({ environments }: Results, name: EnvironmentName, series: string): boolean {
  return environments.some(
    (each) => each.environment === name && each.series.some((summary) => summary.series === series),
  );
}

/** An environment beside a background job against the same environment alone. */
function interferenceAt(point: Point, cells: readonly StudyCell[]): Ratio {
  const { cell, environment, metric, series } = point;
  const alone = cells.find(
    (other) =>
      other.scenario === "single" &&
      other.framework === cell.framework &&
      other.model === cell.model &&
      other.batchSize === cell.batchSize,
  );
  const nothing = (reason: string): Ratio => ({
    found: { estimate: null, reason },
    unmeasured: true,
    terms: [],
  });
  const summary = ({ results }: StudyCell) =>
    results.environments
      .find((each) => each.environment === environment)
      ?.series.find((each) => each.series === series)?.[metric];
  const beside = summary(cell);
  if (beside === undefined) return nothing(`${environment} was not measured with ${series} beside a background job`);
  const before = alone === undefined ? undefined : summary(alone);
  if (alone === undefined || before === undefined) {
    return nothing(`${environment} was not measured alone with ${cell.model}, batch ${cell.batchSize} and ${series}`);
  }
  const unequal = unequalResources(point, { ...point, cell: alone });
  if (unequal !== null) return { found: { estimate: null, reason: unequal }, unmeasured: false, terms: [] };
  const [one, other] = [meanEstimate(beside), meanEstimate(before)];
  if (one.estimate === null || other.estimate === null) {
    return { found: one.estimate === null ? one : other, unmeasured: false, terms: [] };
  }
  const estimate = less(one.estimate, other.estimate);
  return { found: { estimate, reason: null }, unmeasured: false, terms: [termOf(point, environment, null, estimate)] };
}

/** Why a run beside a background job cannot be compared with one alone; null when it can, or for other scenarios. */
function unequalResources(point: Point, other: Point): string | null {
  const scenarios = [point.cell.scenario, other.cell.scenario];
  if (!scenarios.includes("shared") || !scenarios.includes("single")) return null;
  if (point.cell.results.profile !== other.cell.results.profile) return "alone it was measured by another profile";
  const resources = ({ cell, environment }: Point): string => {
    const facts = cell.results.environments.find((each) => each.environment === environment)?.facts;
    return JSON.stringify([facts?.limits.cpus.value, facts?.limits.memory.value, facts?.accelerators]);
  };
  return resources(point) === resources(other)
    ? null
    : `alone, ${point.environment} had other CPUs, memory or accelerators than beside the background job`;
}

function termOf(
  { cell, metric, series }: Point,
  environment: EnvironmentName,
  baseline: EnvironmentName | null,
  estimate: LogEstimate,
): EvidenceTerm {
  const { scenario, model, batchSize, results } = cell;
  const place = { runId: results.runId, scenario, model, batchSize, series, metric, environment, baseline };
  return { ...place, ...ratioOf(estimate), n: estimate.n };
}

function quantityOf({ baseline }: PublishedClaim, { environment, metric }: Point): string {
  const name = metric === "throughput" ? "throughput" : "elapsed time";
  return baseline === null
    ? `${name}, ${environment} beside a background job ÷ alone`
    : `${name}, ${environment} ÷ ${baseline}`;
}

/** In what two points differ, in words. */
function differing(point: Point, other: Point): string {
  const texts = ({ cell, metric, series }: Point): readonly string[] => [
    cell.scenario,
    cell.model,
    `batch ${cell.batchSize}`,
    series,
    metric,
  ];
  const there = texts(other);
  const sameModel = point.cell.model === other.cell.model;
  const pairs = texts(point).flatMap((text, index) =>
    text === there[index] || (index === 2 && !sameModel) ? [] : [[text, there[index] ?? ""] as const],
  );
  return `${pairs.map(([text]) => text).join(", ")} ÷ ${pairs.map(([, text]) => text).join(", ")}`;
}
