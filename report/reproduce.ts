import type { Results } from "../measure/results.ts";
import type { RunLine } from "./run.ts";

/**
 * The commands that repeat a run and check its record.
 *
 * @param run What was run.
 * @param results Where its record is.
 */
export function reproduceCommands(run: RunLine, results: Results): string[] {
  const settings =
    run.workload === "training" ? [...trainingOptions(run), ...scheduleOptions(run)] : scheduleOptions(run);
  const start = ["npm start --", `--profile ${quoted(run.profile)}`, ...settings].join(" ");
  return [
    start,
    `npm run underlay -- report ${quoted(results.record.path)}`,
    `sha256sum ${quoted(results.record.path)}`,
  ];
}

function trainingOptions({ options, schedule }: RunLine): string[] {
  const { model, batchSize, warmUpSteps, threads } = options;
  const photographs = schedule.series.some(({ name }) => name === "photographs");
  return [
    ...(typeof model === "string" ? [`--model ${quoted(model)}`] : []),
    ...Object.entries({ batchSize, warmUpSteps, cpus: threads }).flatMap(([key, value]) =>
      typeof value === "number" ? [`--config ${key}=${value}`] : [],
    ),
    ...(photographs ? [] : ["--config photographs=false"]),
  ];
}

function scheduleOptions({ schedule: { seed, rounds, series } }: RunLine): string[] {
  // A number that is not the same for all series is the profile's own: no option sets it.
  const shared = (values: readonly number[]): number | undefined =>
    new Set(values).size === 1 ? values[0] : undefined;
  const all = {
    seed,
    rounds,
    blocks: shared(series.map(({ blocksPerRound }) => blocksPerRound)),
    steps: shared(series.map(({ steps }) => steps)),
  };
  return Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [`--config ${key}=${value}`]));
}

/** A word for a POSIX shell: as it is when harmless, else in single quotes. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
