import { UnderlayError } from "./error.ts";
import type { EnvironmentName, HostFacts } from "./facts.ts";
import { clockDoubt, unitOf } from "./comparability.ts";
import { elapsedByRound } from "./elapsed.ts";
import { unpairedRatio } from "./interval.ts";
import { verdictOf } from "./pairs.ts";
import type { RecordLine } from "./record.ts";
import { type Comparison, type Interval, metricSchema, type Verdict } from "./results.ts";
import { type EnvironmentRun, type Run, runOf } from "./run.ts";
import { mean } from "./statistics.ts";

type Metric = Comparison["metric"];

/** Something that is not equal in two records, besides what was measured. */
export interface RecordDifference {
  /** What it is, such as `options.framework` or `vm.kernelRelease`. */
  readonly what: string;
  /** As JSON. */
  readonly before: string;
  /** As JSON. */
  readonly after: string;
}

/** One metric of one series in one environment, in both records. */
export interface RecordChange {
  readonly environment: EnvironmentName;
  readonly series: string;
  readonly metric: Metric;
  /** after ÷ before; null where one of them has no number. */
  readonly ratio: number | null;
  readonly interval: Interval | null;
  /** Launches before and after, which are the units. */
  readonly n: readonly [number, number];
  readonly verdict: Verdict;
  /** Why something above is null; null when nothing is. */
  readonly reason: string | null;
}

/** Two records held against each other. */
export interface RecordComparison {
  readonly differences: readonly RecordDifference[];
  readonly changes: readonly RecordChange[];
}

/**
 * Holds two records against each other: the same environments on another day, another machine or by another framework.
 *
 * The launches are the units, each with the mean logarithm of its blocks' throughput or its time from launch to end:
 * blocks of one launch share its effect. Launches of two records are not paired, so the interval is that of
 * `unpairedRatio`, and what the machine did between the records is in the ratio. Unequal settings, hosts and versions are
 * listed, not refused, since one of them may be what is to be compared.
 *
 * @param before The record that is divided by.
 * @param after The record that is divided.
 * @throws UnderlayError `incomparable-records` when they are of different workloads or have no series of an environment
 *   in common, `incomparable-unit` when a series counts other items, and as `runOf` does.
 */
export function compareRecords(before: readonly RecordLine[], after: readonly RecordLine[]): RecordComparison {
  const [one, other] = [runOf(before), runOf(after)];
  const workloads = [one.header.workload, other.header.workload];
  if (workloads[0] !== workloads[1]) {
    throw new UnderlayError("incomparable-records", `The records are of two workloads: ${workloads.join(" and ")}.`);
  }
  const changes = sharedSeries(one, other).flatMap((shared) =>
    metricSchema.options.map((metric) => changeOf(shared, metric)),
  );
  if (changes.length === 0) {
    throw new UnderlayError(
      "incomparable-records",
      "The records have no series of an environment in common.",
      `One has ${contentsOf(one)}; the other has ${contentsOf(other)}.`,
    );
  }
  return { differences: differencesOf(one, other), changes };
}

interface SharedSeries {
  readonly series: string;
  readonly sides: readonly [Side, Side];
}

interface Side {
  readonly run: Run;
  readonly environment: EnvironmentRun;
}

const namesOf = ({ header }: Run): string[] => header.schedule.series.map(({ name }) => name);

function contentsOf(run: Run): string {
  const environments = run.environments.map(({ environment }) => environment).join(", ") || "no environment";
  return `${namesOf(run).join(", ")} in ${environments}`;
}

function sharedSeries(before: Run, after: Run): SharedSeries[] {
  const names = namesOf(before).filter((name) => namesOf(after).includes(name));
  return before.environments.flatMap((environment) => {
    const other = after.environments.find((each) => each.environment === environment.environment);
    if (other === undefined) return [];
    const sides = [
      { run: before, environment },
      { run: after, environment: other },
    ] as const;
    return names.map((series) => ({ series, sides }));
  });
}

function changeOf({ series, sides }: SharedSeries, metric: Metric): RecordChange {
  const [before, after] = sides;
  const { environment } = before.environment;
  unitOf([before.environment, after.environment], series);
  const logs = [launchLogs(before, series, metric), launchLogs(after, series, metric)] as const;
  const same = { environment, series, metric, n: [logs[0].length, logs[1].length] as const };
  const doubts = sides.flatMap((side) => clockDoubt(side.environment, series) ?? []);
  if (doubts[0] !== undefined) {
    return { ...same, ratio: null, interval: null, verdict: "cannot tell", reason: doubts[0] };
  }
  const { ratio, interval } = unpairedRatio(logs[0], logs[1], "launches");
  return interval.value === null
    ? { ...same, ratio, interval: null, verdict: "cannot tell", reason: interval.reason }
    : { ...same, ratio, interval: interval.value, verdict: verdictOf(metric, interval.value), reason: null };
}

/** A logarithm for each launch: mean over its blocks' items per second, or of its seconds from launch to end. */
function launchLogs({ run, environment }: Side, series: string, metric: Metric): number[] {
  const { schedule } = run.header;
  if (metric === "elapsed") return [...elapsedByRound(environment, series, schedule).values()].map(Math.log);
  return Array.from({ length: schedule.rounds }, (_, round) => {
    const own = environment.blocks.filter((block) => block.series === series && block.round === round);
    return mean(own.map(({ items, seconds }) => Math.log(items / seconds)));
  }).flatMap((log) => log ?? []);
}

/** Settings, versions and hosts that are not equal, in the order of the first record. */
function differencesOf(before: Run, after: Run): RecordDifference[] {
  const header = ({ header: { underlay, programDigest, profile, baseline } }: Run): object => {
    return { underlay, programDigest, profile, baseline };
  };
  const facts = (run: Run): Map<EnvironmentName, HostFacts> =>
    new Map(run.environments.map((each) => [each.environment, each.facts]));
  const others = facts(after);
  return [
    ...unequal("", header(before), header(after)),
    ...unequal("options.", before.header.options, after.header.options),
    ...[...facts(before)].flatMap(([environment, own]) => {
      const other = others.get(environment);
      return other === undefined ? [] : unequal(`${environment}.`, own, other);
    }),
  ];
}

function unequal(prefix: string, before: object, after: object): RecordDifference[] {
  const [one, other] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((key) => {
    const text = (of: ReadonlyMap<string, unknown>): string => (of.has(key) ? JSON.stringify(of.get(key)) : "none");
    return text(one) === text(other) ? [] : [{ what: `${prefix}${key}`, before: text(one), after: text(other) }];
  });
}

/**
 * Whether the whole interval of a change is beyond a slowdown: surely slower than is accepted. What has no interval is
 * not.
 *
 * @param change What was compared.
 * @param factor Times slower that is accepted, at least 1.
 */
export function isSlowerThan(change: RecordChange, factor: number): boolean {
  if (change.interval === null) return false;
  const { low, high } = change.interval;
  return change.metric === "throughput" ? high < 1 / factor : low > factor;
}
