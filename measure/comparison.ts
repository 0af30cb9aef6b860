import { checkComparable, clockDoubt, unitOf } from "./comparability.ts";
import { requestResults } from "./distribution.ts";
import { driftOf } from "./drift.ts";
import { elapsedByRound } from "./elapsed.ts";
import { interferenceOf } from "./interference.ts";
import { pairedRatioOfRounds } from "./interval.ts";
import { blockPairs, paired, throughputLogRatio, verdictOf } from "./pairs.ts";
import type { BlockLine, RecordLine } from "./record.ts";
import { resultsSchema, resultsSchemaVersion } from "./results.ts";
import type { Comparison, Results } from "./results.ts";
import { runOf } from "./run.ts";
import type { EnvironmentRun, Run } from "./run.ts";
import { mean } from "./statistics.ts";
import { summaryOf } from "./summary.ts";

type Metric = Comparison["metric"];
type SeriesResults = Results["environments"][number]["series"][number];

/**
 * The results of a record: summaries of every environment, each one's comparison to the baseline, what series lost
 * beside other programs, and whether the baseline held still. With one environment there is no comparison.
 *
 * Throughput is compared by pairs of blocks of equal round, series and index, which were played next to each other:
 * ratio = exp(mean of the log-ratios of items per second); where launches differ, by the means of their rounds, see
 * `pairedRatioOfRounds`. Elapsed time is compared by rounds, and so is throughput where environments took turns: their
 * blocks were not next to each other, and those of a round share what the machine did meanwhile. What one side has and the other has not is left out.
 *
 * @param lines The record, as `parseRecord` gives it.
 * @param record Where the record is, and its SHA-256, to be carried along.
 * @throws IncomparableError when bits, CPUs, memory or units are not equal; UnderlayError as `runOf` does, and
 *   `not-finite`.
 */
export function resultsOf(lines: readonly RecordLine[], record: Results["record"]): Results {
  const run = runOf(lines);
  const { header, environments } = run;
  checkComparable(environments);
  const names = header.schedule.series.map(({ name }) => name);
  const baseline = environments.find(({ environment }) => environment === header.baseline);
  const others = environments.filter((environment) => environment !== baseline);
  const compared = environments.length < 2 ? [] : others;
  const interference = interferenceOf(run);
  return resultsSchema.parse({
    schemaVersion: resultsSchemaVersion,
    runId: header.runId,
    status: run.status,
    workload: header.workload,
    options: header.options,
    profile: header.profile,
    baseline: header.baseline,
    environments: environments.map((environment) => ({
      environment: environment.environment,
      facts: environment.facts,
      ...(environment.companions.length === 0 ? {} : { companions: [...environment.companions] }),
      ...(environment.network.length === 0 ? {} : { network: [...environment.network] }),
      series: names.map((series) => seriesResults(run, environment, series)),
    })),
    comparisons: compared.flatMap((environment) =>
      names.flatMap((series) => [
        compare(run, environment, baseline, series, "throughput"),
        compare(run, environment, baseline, series, "elapsed"),
      ]),
    ),
    ...(interference.length === 0 ? {} : { interference }),
    drift: baseline === undefined ? [] : names.map((series) => driftOf(baseline, series)),
    skipped: [...run.skipped],
    failures: environments.flatMap(({ environment, failures }) =>
      failures.map(({ code, message }) => ({ environment, code, message })),
    ),
    record,
  } satisfies Results);
}

function seriesResults(run: Run, environment: EnvironmentRun, series: string): SeriesResults {
  const { schedule } = run.header;
  const blocks = environment.blocks.filter((block) => block.series === series);
  const elapsed = [...elapsedByRound(environment, series, schedule).values()];
  const why = failureOf(environment);
  const unit = unitOf(run.environments, series) ?? "items";
  const requests = requestResults(blocks);
  return {
    series,
    throughput: summaryOf(
      blocks.map((block) => block.items / block.seconds),
      `${unit}/s`,
      `no block was measured${why}`,
    ),
    elapsed: summaryOf(elapsed, "s", `no round was completed${why}`),
    ...(requests === null ? {} : { requests: { counts: requests.counts, distributions: [...requests.distributions] } }),
  };
}

function compare(
  run: Run,
  environment: EnvironmentRun,
  baseline: EnvironmentRun | undefined,
  series: string,
  metric: Metric,
): Comparison {
  const names = { environment: environment.environment, baseline: run.header.baseline, series, metric };
  const cannotTell = (ratio: number | null, n: number, reason: string): Comparison => {
    return { ...names, ratio, interval: null, n, verdict: "cannot tell", reason };
  };
  if (baseline === undefined) return cannotTell(null, 0, `the baseline ${run.header.baseline} is not in the record`);
  const byRound = metric === "elapsed" || run.header.schedule.inTurn === true;
  const logRatios =
    metric === "elapsed"
      ? [elapsedLogRatios(environment, baseline, series, run)]
      : blockLogRatios(environment, baseline, series, run, byRound);
  const n = logRatios.flat().length;
  const doubt = clockDoubt(baseline, series) ?? clockDoubt(environment, series);
  if (doubt !== null) return cannotTell(null, n, doubt);
  const { ratio, interval } = pairedRatioOfRounds(logRatios, byRound ? "pairs of rounds" : "pairs of blocks");
  if (interval.value === null) {
    return cannotTell(ratio, n, `${interval.reason}${failureOf(environment)}${failureOf(baseline)}`);
  }
  return { ...names, ratio, interval: interval.value, n, verdict: verdictOf(metric, interval.value), reason: null };
}

/** Log-ratios of the pairs of blocks, by round; or one for each round, the mean of its pairs. */
function blockLogRatios(
  environment: EnvironmentRun,
  baseline: EnvironmentRun,
  series: string,
  run: Run,
  byRound: boolean,
): number[][] {
  const own = ({ blocks }: EnvironmentRun): BlockLine[] => blocks.filter((block) => block.series === series);
  const pairs = blockPairs(own(environment), own(baseline), run.header.schedule.rounds);
  const rounds = pairs.map((round) => round.map(throughputLogRatio));
  return byRound ? [rounds.flatMap((round) => mean(round) ?? [])] : rounds;
}

/** Log-ratios of the pairs of rounds. */
function elapsedLogRatios(environment: EnvironmentRun, baseline: EnvironmentRun, series: string, run: Run): number[] {
  const logs = (of: EnvironmentRun): Map<number, number> => {
    const elapsed = elapsedByRound(of, series, run.header.schedule);
    return new Map([...elapsed].map(([round, seconds]) => [round, Math.log(seconds)]));
  };
  return paired(logs(environment), logs(baseline)).map(([one, other]) => one - other);
}

/** The first failure of an environment as the end of a reason; empty without one. */
function failureOf({ environment, failures }: EnvironmentRun): string {
  return failures[0] === undefined ? "" : `; ${environment} failed with ${failures[0].code}`;
}
