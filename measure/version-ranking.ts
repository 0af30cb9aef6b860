import type { ServiceMeasurement } from "../catalogue/services/measured.ts";
import { UnderlayError } from "./error.ts";
import { leastSquares } from "./least-squares.ts";
import { studentTMultiplier } from "./student-t.ts";

/** Versions that go together, by the normalised name of their distribution. */
export type VersionSet = Readonly<Record<string, string>>;

/** What of a service's measurement versions are ranked by. */
export type MeasuredVersions = Pick<
  ServiceMeasurement,
  "packages" | "framework" | "modelFormat" | "environment" | "cpus" | "imageBytes" | "coldStartSec" | "latencyMs"
>;

/** What a version set is predicted to cost against the newest one. */
export interface RankedVersions {
  /** Place among the candidates. */
  readonly candidate: number;
  /** Cost ÷ that of the newest set; null where it would have to be extrapolated. */
  readonly ratio: number | null;
  /** 95 % interval of the ratio. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** Versions that no record has, for which nothing is predicted. */
  readonly unknown: readonly string[];
}

/** Which version set was chosen, by what. */
export interface VersionChoice {
  /** Place among the candidates. */
  readonly candidate: number;
  readonly by: "measured records" | "newest";
  /** For people: what it rests on, or why nothing was learned. */
  readonly because: string;
  readonly ranking: readonly RankedVersions[];
}

/** Fewer records than this are no evidence: an intercept, one version's effect, and what is left for the error. */
export const fewestRecords = 6;

/** Penalty on each effect, for each record: an effect seen in few records counts less. */
const ridge = 0.01;

const level = 0.95;

/** A distribution's name as indexes compare it (PEP 503). */
export const normalisedName = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, "-");

/** A version as far as it decides behaviour: its first two numbers. */
const series = (version: string): string => version.split(".").slice(0, 2).join(".");

const seriesOf = (set: VersionSet): string[] =>
  Object.entries(set).map(([name, version]) => `${name} ${series(version)}`);

/**
 * The logarithm of what a service costs by its records: the mean of the logarithms of image size, cold start and median
 * latency. In logarithms, since versions multiply these, and since the mean then has no units. Null where one is missing.
 */
function costOf({ imageBytes, coldStartSec, latencyMs }: MeasuredVersions): number | null {
  if (imageBytes === null || coldStartSec === null || latencyMs === null) return null;
  return (Math.log(imageBytes) + Math.log(coldStartSec) + Math.log(latencyMs.p50)) / 3;
}

interface Row {
  readonly group: string;
  readonly series: ReadonlySet<string>;
  readonly cost: number;
}

/** Records that can be learned from: those that share a distribution with the candidates, and have all that counts. */
function rowsOf(records: readonly MeasuredVersions[], names: ReadonlySet<string>): Row[] {
  return records.flatMap((record) => {
    const all = record.packages.map(({ name, version }) => ({ name: normalisedName(name), version }));
    const own = all.filter(({ name }) => names.has(name));
    const cost = costOf(record);
    if (own.length === 0 || cost === null) return [];
    const group = [record.framework, record.modelFormat, record.environment, String(record.cpus)].join(" ");
    return [{ group, series: new Set(own.map(({ name, version }) => `${name} ${series(version)}`)), cost }];
  });
}

/**
 * Whether there are enough records to choose versions of distributions by.
 *
 * @param records What was measured, of any service.
 * @param names Normalised names of the distributions.
 */
export function enoughRecords(records: readonly MeasuredVersions[], names: ReadonlySet<string>): boolean {
  return rowsOf(records, names).length >= fewestRecords;
}

interface Learned {
  /** Differences in cost between two sets, with the standard error; versions must be in the records. */
  readonly difference: (one: VersionSet, other: VersionSet) => { value: number; margin: number };
  readonly known: ReadonlySet<string>;
}

/** Fits an effect to each series of each distribution, beside one for each kind of service. */
function learn(rows: readonly Row[]): Learned {
  const groups = [...new Set(rows.map(({ group }) => group))];
  const known = [...new Set(rows.flatMap((row) => [...row.series]))].sort();
  const columns = [...groups, ...known];
  const x = rows.map((row) =>
    columns.map((name, at) => Number(at < groups.length ? row.group === name : row.series.has(name))),
  );
  // Kinds of services are what they are; only what versions do to them is drawn towards nothing.
  const penalties = columns.map((_, at) => (at < groups.length ? 0 : ridge * rows.length));
  const costs = rows.map(({ cost }) => cost);
  const fit = leastSquares(x, costs, penalties);
  const freedom = Math.max(1, rows.length - fit.effectiveParameters);
  const sigma = Math.sqrt(fit.residualSquares / freedom);
  const multiplier = studentTMultiplier(level, freedom);
  return {
    known: new Set(known),
    difference: (one, other) => {
      const [left, right] = [new Set(seriesOf(one)), new Set(seriesOf(other))];
      const row = columns.map((name, at) =>
        at < groups.length ? 0 : Number(left.has(name)) - Number(right.has(name)),
      );
      const value = row.reduce((sum, part, at) => sum + part * (fit.coefficients[at] ?? 0), 0);
      return { value, margin: multiplier * sigma * Math.sqrt(fit.leverage(row)) };
    },
  };
}

const newest = (because: string, ranking: readonly RankedVersions[] = []): VersionChoice => ({
  ...{ candidate: 0, by: "newest", because, ranking },
});

const tooFew = (count: number): string =>
  `${String(count)} measured services have versions of these distributions: ${String(fewestRecords)} are needed`;

/** Why there is nothing to choose from, by the number of records that could be learned from. */
function whyNoOther(count: number): string {
  if (count === 0) return "no service with these distributions was measured";
  return count < fewestRecords ? tooFew(count) : "no measured service has other versions that are valid";
}

/** What a model of the records says of a candidate against the newest one. */
function ranked(
  learned: Learned,
  candidates: readonly VersionSet[],
  candidate: number,
  differing: Set<string>,
): RankedVersions {
  const [first = {}, own = {}] = [candidates[0], candidates[candidate]];
  const mine = (set: VersionSet) => Object.fromEntries(Object.entries(set).filter(([name]) => differing.has(name)));
  const unknown = [...new Set([...seriesOf(mine(own)), ...seriesOf(mine(first))])].filter(
    (name) => !learned.known.has(name) && !(seriesOf(own).includes(name) && seriesOf(first).includes(name)),
  );
  if (unknown.length > 0) return { candidate, ratio: null, interval: null, unknown };
  const { value, margin } = learned.difference(own, first);
  const interval = { low: Math.exp(value - margin), high: Math.exp(value + margin) };
  return { candidate, ratio: Math.exp(value), interval, unknown };
}

/**
 * Chooses among version sets that are valid, by what services with such versions were measured to be: a linear model of the
 * logarithm of cost (see `costOf`), with an effect for each series, such as `keras 3.12`, of each distribution that the
 * candidates differ in, beside one for each kind of service; ridge regression (Hoerl and Kennard, Technometrics 12, 1970).
 * A set takes the place of the newest one only where it is credibly cheaper: the 95 % interval of the ratio, by Student's
 * t, lies below 1. Nothing is said of versions that no record has; without evidence the newest set is chosen, and the
 * answer says why.
 *
 * @param candidates Valid sets, the newest first; at least one.
 * @param records What was measured, of any service.
 * @throws UnderlayError `no-versions` when there is no candidate
 */
export function chooseVersions(candidates: readonly VersionSet[], records: readonly MeasuredVersions[]): VersionChoice {
  const [first, ...others] = candidates;
  if (first === undefined) throw new UnderlayError("no-versions", "There is no version set to choose from.");
  const names = new Set(candidates.flatMap((set) => Object.keys(set)));
  if (others.length === 0) return newest(whyNoOther(rowsOf(records, names).length));
  const differing = new Set([...names].filter((name) => candidates.some((set) => set[name] !== first[name])));
  const rows = rowsOf(records, differing);
  if (rows.length < fewestRecords) {
    return newest(tooFew(rows.length));
  }
  const learned = learn(rows);
  const ranking = candidates.map((_, candidate) => ranked(learned, candidates, candidate, differing));
  const cheaper = ranking.filter(({ interval, candidate }) => candidate > 0 && interval !== null && interval.high < 1);
  const best = cheaper.reduce<RankedVersions | null>(
    (least, each) => (least === null || (each.ratio ?? 1) < (least.ratio ?? 1) ? each : least),
    null,
  );
  const of = `${String(rows.length)} measured services`;
  if (best?.ratio == null || best.interval === null) {
    const unknown = new Set(ranking.flatMap((each) => each.unknown));
    const said = unknown.size > 0 ? `; none has ${[...unknown].sort().join(", ")}` : "";
    return newest(`${of} show no set that is credibly cheaper${said}`, ranking);
  }
  const { low, high } = best.interval;
  const text = `${best.ratio.toFixed(2)} × the newest set's size, start and latency (${low.toFixed(2)} to ${high.toFixed(2)}), by ${of}`;
  return { candidate: best.candidate, by: "measured records", because: text, ranking };
}
