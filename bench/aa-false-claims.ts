import { resultsOf } from "../measure/comparison.ts";
import type { EnvironmentName, HostFacts } from "../measure/facts.ts";
import { proportionInterval } from "../measure/interval.ts";
import { recordSchemaVersion } from "../measure/record.ts";
import type { RecordLine, ScheduleParameters } from "../measure/record.ts";
import type { Comparison } from "../measure/results.ts";
import { makeSchedule } from "../measure/schedule.ts";
import type { ScheduleStep } from "../measure/schedule.ts";
import type { Bench, Progress } from "./bench.ts";
import { openHashSession } from "./hash-session.ts";
import type { HashSession } from "./hash-session.ts";

/** How often the same environment is compared with itself. */
const runs = 200;
/** The highest share of false claims, in percent. */
const goal = 5;
/** Designs that take turns: those of the training's series, synthetic and photographs of `quick`, and `paper`. */
const designs = [
  { rounds: 3, blocksPerRound: 4 },
  { rounds: 3, blocksPerRound: 2 },
  { rounds: 3, blocksPerRound: 10 },
] as const;
/** A step hashes 1 MiB. */
const steps = 3;

/** Names that the two equal sides go by: a record must call them differently, but nothing else differs. */
const sides = ["bare-metal", "container-on-bare-metal"] as const satisfies readonly EnvironmentName[];

/**
 * How often a comparison claims a difference between an environment and itself. Each run opens real child processes, plays
 * a schedule over them, writes the record and compares by the code that every comparison goes through; a throughput
 * verdict other than `no credible difference` is a false claim. A method that is exactly right at 95 % makes 5 % of
 * them.
 */
export const aaFalseClaims: Bench = {
  name: "aa-false-claims",
  title: "A/A comparisons (same environment twice) that claim a difference",
  goal: `≤ ${goal} %`,
  unit: "%",
  run: async (progress) => {
    const claims = await falseClaims(runs, progress);
    const count = claims.length;
    const interval = proportionInterval(count, runs);
    return {
      value: (100 * count) / runs,
      n: runs,
      interval: { ...interval, low: 100 * interval.low, high: 100 * interval.high },
      pass: (100 * count) / runs <= goal,
      detail: { claims },
    };
  },
};

interface Claim {
  readonly seed: number;
  readonly n: number;
  readonly ratio: number | null;
  readonly verdict: Comparison["verdict"];
}

async function falseClaims(count: number, progress: Progress): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (let seed = 0; seed < count; seed += 1) {
    const design = designs[seed % designs.length] as (typeof designs)[number];
    const series = [{ name: "hash", blocksPerRound: design.blocksPerRound, steps }];
    const lines = await playRun({ seed, rounds: design.rounds, series });
    const { comparisons } = resultsOf(lines, { path: "", sha256: "" });
    for (const { metric, verdict, ratio, n } of comparisons) {
      if (metric === "throughput" && verdict !== "no credible difference") claims.push({ seed, n, ratio, verdict });
    }
    if ((seed + 1) % 20 === 0) progress(`${seed + 1} of ${count} runs, ${claims.length} false claims`);
  }
  return claims;
}

/**
 * Plays one A/A run over real child processes.
 *
 * @param schedule What is played.
 * @returns Its record.
 */
async function playRun(schedule: ScheduleParameters): Promise<RecordLine[]> {
  const sessions = new Map<EnvironmentName, HashSession>();
  const lines: RecordLine[] = head(schedule);
  try {
    for (const step of makeSchedule(schedule, sides)) lines.push(await play(step, sessions));
  } finally {
    for (const session of sessions.values()) session.kill();
  }
  return [...lines, { type: "end", at: new Date().toISOString(), status: "complete" }];
}

async function play(step: ScheduleStep, sessions: Map<EnvironmentName, HashSession>): Promise<RecordLine> {
  const { environment, round } = step;
  if (step.action === "launch") {
    const opened = await openHashSession();
    sessions.set(environment, opened);
    return { type: "launch", environment, round, at: new Date().toISOString(), ...opened.launch };
  }
  const session = sessions.get(environment);
  if (session === undefined) throw new Error(`${environment} has no session`);
  if (step.action === "stop") {
    sessions.delete(environment);
    const stopped = await session.stop();
    return { type: "stop", environment, round, at: new Date().toISOString(), ...stopped };
  }
  const { series, block } = step;
  const measured = await session.block(series, block, step.steps);
  return { type: "block", environment, round, series, block, at: new Date().toISOString(), ...measured };
}

function head(schedule: ScheduleParameters): RecordLine[] {
  const run: RecordLine = {
    type: "run",
    schemaVersion: recordSchemaVersion,
    runId: `aa-${schedule.seed}`,
    at: new Date().toISOString(),
    underlay: "bench",
    workload: "hash",
    options: {},
    programDigest: "none",
    profile: "aa",
    baseline: sides[0],
    schedule,
  };
  return [run, ...sides.map((environment) => ({ type: "environment", environment, facts }) as const)];
}

/** Both sides are this very machine without any limit; the comparison only asks whether they are equal. */
const facts: HostFacts = {
  kernelRelease: "as the host's",
  virtualisation: "none",
  machineVirtualisation: "as the host's",
  operatingSystem: "as the host's",
  cpuModel: "as the host's",
  cpus: 1,
  memoryMiB: 1,
  accelerators: [],
  containerRuntime: null,
  imageDigest: null,
  rootDigest: "as the host's",
  limits: { cpus: { mechanism: "none", value: 1 }, memory: { mechanism: "none", value: 1 } },
};
