import type { EnvironmentRun } from "./run.ts";
import type { ScheduleParameters } from "./record.ts";

/**
 * Seconds that each round of a series took in an environment: launch + blocks of the series + stop, which is what the
 * series alone would have taken without waiting for others. Rounds in which any of these is missing are left out.
 *
 * @param run The environment.
 * @param series Name of the series.
 * @param schedule Says how many blocks a round has.
 * @returns By round.
 */
export function elapsedByRound(
  run: EnvironmentRun,
  series: string,
  schedule: ScheduleParameters,
): ReadonlyMap<number, number> {
  const planned = schedule.series.find(({ name }) => name === series)?.blocksPerRound;
  const elapsed = new Map<number, number>();
  for (const [round, launch] of run.launches) {
    const blocks = run.blocks.filter((block) => block.series === series && block.round === round);
    const stop = run.stops.get(round);
    if (stop === undefined || blocks.length !== planned) continue;
    const timed = blocks.reduce((sum, block) => sum + block.seconds, 0);
    elapsed.set(round, launch.seconds + timed + stop.seconds);
  }
  return elapsed;
}
