import { unpairedRatio } from "./interval.ts";
import type { Drift } from "./results.ts";
import type { EnvironmentRun } from "./run.ts";

/**
 * Whether an environment held still: throughput of the last third of its blocks, in the order of time, against the first
 * third. An interval that leaves out 1 says `drifted`. Interleaving keeps drift out of the comparisons; this says how much
 * there was to keep out.
 *
 * @param run The baseline.
 * @param series Name of the series.
 */
export function driftOf(run: EnvironmentRun, series: string): Drift {
  const logs = run.blocks
    .filter((block) => block.series === series)
    .map((block) => ({ at: Date.parse(block.at), log: Math.log(block.items / block.seconds) }))
    .sort((a, b) => a.at - b.at)
    .map(({ log }) => log);
  const third = Math.floor(logs.length / 3);
  const { ratio, interval } = unpairedRatio(logs.slice(0, third), logs.slice(logs.length - third), "blocks");
  if (interval.value === null)
    return { series, ratio, interval: null, verdict: "cannot tell", reason: interval.reason };
  const { low, high } = interval.value;
  return { series, ratio, interval: interval.value, verdict: low > 1 || high < 1 ? "drifted" : "steady", reason: null };
}
