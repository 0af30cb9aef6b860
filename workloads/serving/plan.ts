import { fileURLToPath } from "node:url";
import type { ScheduleParameters } from "../../measure/record.ts";
import type { Plan } from "../../provider/resources.ts";
import type { ProfileName } from "../training/plan.ts";
import type { Eviction, Phase, Reports } from "./run/options.ts";

/** Patterns of requests, each a series of its own. */
export const servingSeriesNames = ["cold", "warm", "scale", "constant", "poisson", "replay"] as const;
/** One pattern of requests. */
export type ServingSeriesName = (typeof servingSeriesNames)[number];

/** How much is asked of an endpoint. */
export interface ServingPlanArgs {
  /** `paper` asks as much as Ishakian 2018 did, section 3; `quick` suits a laptop. @default "quick" */
  readonly profile?: ProfileName;
  /** Patterns to play. @default cold, warm and scale */
  readonly series?: readonly ServingSeriesName[];
  /** Requests per second of `constant`, and mean of `poisson`: above 0. @default 10 */
  readonly ratePerSec?: number;
  /** Length of `constant` and `poisson`, in seconds: above 0. @default 10 */
  readonly durationSec?: number;
  /** File of start times in seconds, one a line, for `replay`, absolute. @default none, without which it is not played */
  readonly trace?: string;
  /** Times that the patterns are played, in a new process each. @default 1 */
  readonly rounds?: number;
  /** Seed of the order and of `poisson`. @default 1 */
  readonly seed?: number;
  /** Longest time for one answer, in seconds. @default 60 */
  readonly requestTimeoutSec?: number;
}

/** What a plan knows of its endpoint only once that stands. */
export interface ServedBy {
  /** Address of predictions. */
  readonly url: unknown;
  /** How its instances are evicted. */
  readonly eviction: Eviction | object | null;
  /** Where REPORT lines are read. */
  readonly reports: Reports | object | null;
}

const sizes = {
  quick: { cold: 5, warm: 10, pauseSec: 0.2, scaleSeconds: 5, fromPerSec: 2, byPerSec: 2 },
  // Sections 3.1 and 3.4 of Ishakian 2018.
  paper: { cold: 5, warm: 25, pauseSec: 1, scaleSeconds: 10, fromPerSec: 10, byPerSec: 10 },
} as const satisfies Record<ProfileName, unknown>;

/** Requests of a trace that are played at most. */
const longestTrace = 1_000_000;
/** Time that a block may take besides its requests, in seconds: evictions, and waiting for REPORT lines. */
const slackSec = 600;
/** Time between two cold starts where only waiting evicts: that of Ishakian 2018, section 3.1. */
export const coldWaitSec = 600;

interface Series {
  readonly name: ServingSeriesName;
  readonly phase: Phase;
  readonly steps: number;
  /** Without the time that answers take, in seconds. */
  readonly seconds: number;
}

function seriesOf(name: ServingSeriesName, args: ServingPlanArgs): Series[] {
  const { profile = "quick", ratePerSec = 10, durationSec = 10, seed = 1, trace } = args;
  const size = sizes[profile];
  const requests = Math.max(1, Math.round(ratePerSec * durationSec));
  switch (name) {
    case "cold":
      return [{ name, phase: { kind: "cold" }, steps: size.cold, seconds: size.cold * coldWaitSec }];
    case "warm":
      return [
        {
          name,
          phase: { kind: "warm", pauseSec: size.pauseSec, discarded: 1 },
          steps: size.warm,
          seconds: size.warm * size.pauseSec,
        },
      ];
    case "scale": {
      const { fromPerSec, byPerSec, scaleSeconds } = size;
      return [{ name, phase: { kind: "scale", fromPerSec, byPerSec }, steps: scaleSeconds, seconds: scaleSeconds }];
    }
    case "constant":
      return [{ name, phase: { kind: "constant", ratePerSec }, steps: requests, seconds: durationSec }];
    case "poisson":
      return [{ name, phase: { kind: "poisson", ratePerSec, seed }, steps: requests, seconds: durationSec }];
    case "replay":
      return trace === undefined
        ? []
        : [{ name, phase: { kind: "replay", file: trace, speed: 1 }, steps: longestTrace, seconds: 86_400 }];
  }
}

/** Node with the program: bundled in the repository, compiled in the package. */
const command = [process.execPath, `{program}/${import.meta.url.endsWith(".ts") ? "launch.mjs" : "main.js"}`];

/**
 * The plan of a load: pure but for what is only known of an endpoint once it stands.
 *
 * @param args How much is asked.
 * @param by Of whom.
 * @param more Further options for the record, such as the endpoint's facts.
 */
export function servingPlan(args: ServingPlanArgs, by: ServedBy, more: Readonly<Record<string, unknown>> = {}): Plan {
  const { profile = "quick", series: names = ["cold", "warm", "scale"], rounds = 1, seed = 1 } = args;
  const { requestTimeoutSec = 60 } = args;
  const series = names.flatMap((name) => seriesOf(name, args));
  const longest = Math.max(...series.map(({ steps, seconds }) => seconds + Math.min(steps, 100) * requestTimeoutSec));
  const schedule: ScheduleParameters = {
    seed,
    rounds,
    series: series.map(({ name, steps }) => ({ name, blocksPerRound: 1, steps })),
  };
  return {
    workload: "serving",
    profile,
    directory: fileURLToPath(new URL("./run", import.meta.url)),
    command,
    options: {
      ...more,
      ...by,
      requestTimeoutSec,
      series: Object.fromEntries(series.map(({ name, phase }) => [name, phase])),
    },
    schedule,
    answerTimeoutSec: Math.ceil(longest + slackSec),
  };
}
