import type { EnvironmentName } from "../measure/facts.ts";
import type { RecordLine } from "../measure/record.ts";
import type { Results } from "../measure/results.ts";
import { baselineFirst, labelOf } from "./run.ts";

/** What an environment's launches took, on average over its rounds. */
export interface LaunchSummary {
  readonly environment: EnvironmentName;
  readonly label: string;
  /** Launches. */
  readonly n: number;
  /** Mean of the whole launch, in seconds; null without a launch. */
  readonly seconds: number | null;
  /** Mean of each part, in seconds, in order; they add up to `seconds`. A part that was not reported is null. */
  readonly phases: readonly (number | null)[];
  /** Highest peak of resident memory over the rounds, in MiB; null when no session could tell. */
  readonly peakMemoryMiB: number | null;
}

/** Launches of all environments, by part. */
export interface LaunchBreakdown {
  /** Names of the parts: `start`, the program's own, and `other` when something is left. */
  readonly phases: readonly string[];
  readonly environments: readonly LaunchSummary[];
}

/** Splits the launches of each environment into their parts. Means are used because, unlike medians, they add up. */
export function launchBreakdown(results: Results, lines: readonly RecordLine[]): LaunchBreakdown {
  const launches = lines.filter((line) => line.type === "launch");
  const named = [...new Set(launches.flatMap(({ parts }) => Object.keys(parts)))];
  const split = launches.map(({ environment, seconds, startSeconds, parts }) => {
    const rest = seconds - startSeconds - Object.values(parts).reduce((sum, part) => sum + part, 0);
    const own = named.map((name) => parts[name] ?? null);
    return { environment, seconds, phases: [startSeconds, ...own, Math.max(0, rest)] };
  });
  // Below a hundredth of a second the rest is how clocks are read, not a part of the launch.
  const hasRest = split.some(({ phases }) => (phases.at(-1) ?? 0) >= 0.01);
  const phases = ["start", ...named, ...(hasRest ? ["other"] : [])];
  const environments = baselineFirst(results).map((result) => {
    const own = split.filter(({ environment }) => environment === result.environment);
    return {
      environment: result.environment,
      label: labelOf(result),
      n: own.length,
      seconds: mean(own.map(({ seconds }) => seconds)),
      phases: phases.map((_, index) => mean(own.map((launch) => launch.phases[index] ?? null))),
      peakMemoryMiB: peakMemory(lines, result.environment),
    };
  });
  return { phases, environments };
}

function peakMemory(lines: readonly RecordLine[], environment: EnvironmentName): number | null {
  const peaks = lines.flatMap((line) =>
    line.type === "stop" && line.environment === environment && line.peakMemoryMiB !== null ? [line.peakMemoryMiB] : [],
  );
  return peaks.length === 0 ? null : Math.max(...peaks);
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 || known.length < values.length
    ? null
    : known.reduce((sum, value) => sum + value, 0) / known.length;
}
