import { UnderlayError } from "./error.ts";
import type { EnvironmentName } from "./facts.ts";
import { randomFrom, shuffled } from "./random.ts";
import type { Random } from "./random.ts";
import type { ScheduleParameters } from "./record.ts";

/** Start a session and wait until it is ready. */
export interface LaunchStep {
  readonly action: "launch";
  readonly environment: EnvironmentName;
  readonly round: number;
}

/** Run one block in an open session. */
export interface BlockStep {
  readonly action: "block";
  readonly environment: EnvironmentName;
  readonly round: number;
  readonly series: string;
  /** Index of the block within its series and round; equal over environments, rising with time. */
  readonly block: number;
  /** Steps of the workload within the block. */
  readonly steps: number;
}

/** End a session. */
export interface StopStep {
  readonly action: "stop";
  readonly environment: EnvironmentName;
  readonly round: number;
}

/** One entry of a schedule; entries are played one after the other. */
export type ScheduleStep = LaunchStep | BlockStep | StopStep;

/**
 * The order in which sessions are launched, play their blocks and are stopped: a randomised complete block design
 * (Fisher, 1935). Each round launches all environments one after the other; then, for each series and block index, all
 * environments play that block in a fresh random order, next to each other in time, so that drift of the machine hits
 * all of them alike; then all are stopped. The series take turns in random order. Where environments are to take turns,
 * each is launched, plays the same blocks and is stopped before the next, in a fresh random order in each round: drift
 * then hits rounds alike, not blocks.
 *
 * @param parameters Seed, rounds and blocks of each series. The same ones give the same schedule.
 * @param environments Who takes part, each once; one alone is allowed. Their order counts for nothing.
 * @throws UnderlayError `schedule-empty` without an environment or a series, `schedule-duplicate` when an environment
 *   or the name of a series comes twice, `schedule-alone` when what a series is held against is no other series.
 */
export function makeSchedule(parameters: ScheduleParameters, environments: readonly EnvironmentName[]): ScheduleStep[] {
  checkInput(parameters, environments);
  const random = randomFrom(parameters.seed);
  const sorted = [...environments].sort();
  return Array.from({ length: parameters.rounds }, (_, round) => roundOf(parameters, sorted, round, random)).flat();
}

function checkInput(parameters: ScheduleParameters, environments: readonly EnvironmentName[]): void {
  const names = parameters.series.map((series) => series.name);
  if (environments.length === 0 || names.length === 0) {
    const missing = environments.length === 0 ? "environment" : "series";
    throw new UnderlayError("schedule-empty", `A schedule has no ${missing}.`, "Give at least one.");
  }
  for (const list of [[...environments], names] as const) {
    const twice = list.find((name, index) => list.slice(0, index).some((other) => other === name));
    if (twice !== undefined) {
      throw new UnderlayError("schedule-duplicate", `A schedule names ${twice} twice.`, "Name each one once.");
    }
  }
  for (const { name, alone } of parameters.series) {
    if (alone !== undefined && (alone === name || !names.includes(alone))) {
      const message = `A schedule holds series ${name} against ${alone}, which is no other series of it.`;
      throw new UnderlayError("schedule-alone", message, `Name one of ${names.join(", ")}, or none.`);
    }
  }
}

function roundOf(
  parameters: ScheduleParameters,
  environments: readonly EnvironmentName[],
  round: number,
  random: Random,
): ScheduleStep[] {
  const launches = shuffled(environments, random).map(
    (environment) => ({ action: "launch", environment, round }) as const,
  );
  const turns = shuffled(
    parameters.series.flatMap((series) => Array.from({ length: series.blocksPerRound }, () => series)),
    random,
  );
  const played = new Map<string, number>();
  const places = turns.map(({ name, steps }) => {
    const block = played.get(name) ?? 0;
    played.set(name, block + 1);
    return { action: "block", round, series: name, block, steps } as const;
  });
  if (parameters.inTurn === true) {
    return launches.flatMap((launch) => {
      const { environment } = launch;
      const own = places.map((place) => ({ ...place, environment }));
      return [launch, ...own, { action: "stop", environment, round } as const];
    });
  }
  const blocks = places.flatMap((place) =>
    shuffled(environments, random).map((environment) => ({ ...place, environment })),
  );
  const stops = shuffled(environments, random).map((environment) => ({ action: "stop", environment, round }) as const);
  return [...launches, ...blocks, ...stops];
}

/** How long a step of the schedule took. */
export interface StepObservation {
  readonly step: ScheduleStep;
  /** Seconds on the host, from the command to its answer. */
  readonly seconds: number;
}

/**
 * Seconds that the rest of a schedule will take. A step is expected to take the mean of what was observed of its own
 * kind (same action, environment and series); before the first of these, the mean over the other environments; before
 * any block of its series, that of any series. Blocks are scaled by their number of steps. A stop only ends a program:
 * before the first one it counts as none.
 *
 * @param steps The whole schedule.
 * @param done How many of its first steps are over.
 * @param observations What the steps played so far took.
 * @returns Seconds from now to the end; null as long as a launch or a block is still to come and none was ever observed.
 */
export function remainingSeconds(
  steps: readonly ScheduleStep[],
  done: number,
  observations: readonly StepObservation[],
): number | null {
  const seen = new Map<string, { seconds: number; size: number }>();
  for (const { step, seconds } of observations) {
    for (const kind of kindsOf(step)) {
      const sum = seen.get(kind) ?? { seconds: 0, size: 0 };
      seen.set(kind, { seconds: sum.seconds + seconds, size: sum.size + sizeOf(step) });
    }
  }
  let total = 0;
  for (const step of steps.slice(done)) {
    const known = kindsOf(step).find((kind) => seen.has(kind));
    const sum = known === undefined ? undefined : seen.get(known);
    if (sum === undefined && step.action === "stop") continue;
    if (sum === undefined) return null;
    total += (sum.seconds / sum.size) * sizeOf(step);
  }
  return total;
}

/** The kinds that a step belongs to, the narrowest first. */
function kindsOf(step: ScheduleStep): string[] {
  const parts =
    step.action === "block"
      ? [[step.action, step.series, step.environment], [step.action, step.series], [step.action]]
      : [[step.action, step.environment], [step.action]];
  return parts.map((kind) => JSON.stringify(kind));
}

function sizeOf(step: ScheduleStep): number {
  return step.action === "block" ? step.steps : 1;
}
