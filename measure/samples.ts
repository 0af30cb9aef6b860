import type { BlockLine, RecordLine } from "./record.ts";
import { runOf } from "./run.ts";
import type { EnvironmentRun } from "./run.ts";

/** One measured number. */
export interface Sample {
  /** What was measured, in camel case, such as `throughput`, `blockSeconds`, `launchSeconds`. */
  readonly metric: string;
  readonly value: number;
  /** Such as `s`, `images/s`, `MiB`; null for a further metric of a program, which reports bare numbers. */
  readonly unit: string | null;
  /** What it belongs to: run, workload, environment, round, and where they apply series, block, step and part. */
  readonly labels: Readonly<Record<string, string>>;
  /** When, as ISO 8601 in UTC. */
  readonly at: string;
}

/**
 * All numbers of a record as a flat list, for CSV, Prometheus and tables, by environment and in the order of time
 * within it.
 *
 * @param lines The record.
 * @throws UnderlayError as `runOf` does.
 */
export function samplesOf(lines: readonly RecordLine[]): Sample[] {
  const run = runOf(lines);
  const labels = { run: run.header.runId, workload: run.header.workload };
  return run.environments.flatMap((environment) => {
    const own = { ...labels, environment: environment.environment };
    const samples = [
      ...launchSamples(environment, own),
      ...blockSamples(environment, own),
      ...stopSamples(environment, own),
    ];
    return samples.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  });
}

type Labels = Sample["labels"];

function launchSamples({ launches }: EnvironmentRun, own: Labels): Sample[] {
  return [...launches.values()].flatMap(({ at, round, seconds, startSeconds, parts }) => {
    const labels = { ...own, round: String(round) };
    return [
      { metric: "launchSeconds", value: seconds, unit: "s", labels, at },
      { metric: "startSeconds", value: startSeconds, unit: "s", labels, at },
      ...Object.entries(parts).map(([part, value]) => {
        return { metric: "launchPartSeconds", value, unit: "s", labels: { ...labels, part }, at };
      }),
    ];
  });
}

function blockSamples({ blocks }: EnvironmentRun, own: Labels): Sample[] {
  return blocks.flatMap((line) => {
    const { at, round, series, block, items, unit, seconds, hostSeconds, steps, metrics } = line;
    const labels = { ...own, round: String(round), series, block: String(block) };
    return [
      { metric: "throughput", value: items / seconds, unit: `${unit}/s`, labels, at },
      { metric: "items", value: items, unit, labels, at },
      { metric: "blockSeconds", value: seconds, unit: "s", labels, at },
      { metric: "blockHostSeconds", value: hostSeconds, unit: "s", labels, at },
      ...steps.map((value, step) => {
        return { metric: "stepSeconds", value, unit: "s", labels: { ...labels, step: String(step) }, at };
      }),
      ...Object.entries(metrics).map(([metric, value]) => ({ metric, value, unit: null, labels, at })),
      ...requestSamples(line, labels),
    ];
  });
}

/** Counts and further numbers of a block of requests; what a request does not have is no sample. */
function requestSamples({ counts = {}, samples = {}, at }: BlockLine, labels: Labels): Sample[] {
  return [
    ...Object.entries(counts).map(([what, value]) => {
      return { metric: "requests", value, unit: "requests", labels: { ...labels, part: what }, at };
    }),
    ...Object.entries(samples).flatMap(([metric, values]) =>
      values.flatMap((value, step) =>
        value === null ? [] : [{ metric, value, unit: null, labels: { ...labels, step: String(step) }, at }],
      ),
    ),
  ];
}

function stopSamples({ stops }: EnvironmentRun, own: Labels): Sample[] {
  return [...stops.values()].flatMap(({ at, round, seconds, peakMemoryMiB }) => {
    const labels = { ...own, round: String(round) };
    const stop = { metric: "stopSeconds", value: seconds, unit: "s", labels, at };
    // A peak that the program could not tell is no sample, never a zero.
    return peakMemoryMiB === null
      ? [stop]
      : [stop, { metric: "peakMemory", value: peakMemoryMiB, unit: "MiB", labels, at }];
  });
}
