import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { takeUp } from "../cli/workspace.ts";
import { parseRecord } from "../measure/parse-record.ts";
import { type Random, randomFrom } from "../measure/random.ts";
import { stateDirectory } from "../provider/machine.ts";
import { runsOnDisk } from "../provider/run-directory.ts";
import { type HashingStack, openHashingStack, resultsIn } from "../test/support/hashing-stack.ts";
import { killSoon, type Victim, victimNames } from "../test/support/kills.ts";
import type { Bench, Progress } from "./bench.ts";

const kills = 50;
const blocks = 4;
const phases = ["up", "run", "destroy"] as const;
type Phase = (typeof phases)[number];
/** Longest time that a victim is left alone in each phase, in ms. */
const patienceMs: Readonly<Record<Phase, number>> = { up: 6000, run: 1500, destroy: 3000 };

/** What one kill came to. */
interface Outcome {
  readonly leftovers: number;
  /** Blocks that were announced as played, and are in no record. */
  readonly lost: number;
  readonly met: boolean;
}

/** Blocks of all records of a stack: samples that are finished. */
function blocksKept(folder: string): number {
  const names = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return names
    .flatMap((name) => parseRecord(readFileSync(join(folder, name), "utf8"), { allowCut: true }))
    .filter(({ type }) => type === "block").length;
}

/** Counts the blocks that the engine's events announce as played, over several updates. */
class Announced {
  #before = 0;
  #now = 0;
  /** How many there were. */
  get count(): number {
    return this.#before + this.#now;
  }
  readonly take = ({ diagnosticEvent }: EngineEvent): void => {
    const played = /block (\d+) of \d+/.exec(diagnosticEvent?.message ?? "")?.[1];
    if (played !== undefined) this.#now = Math.max(this.#now, Number(played));
  };
  /** Begins another update. */
  next(): void {
    this.#before += this.#now;
    this.#now = 0;
  }
}

interface Kill {
  readonly phase: Phase;
  readonly victim: Victim;
  readonly afterMs: number;
}

/** Lets an operation of the engine run until its victim is dead and it has ended, one way or the other. */
async function disturbed({ victim, afterMs }: Kill, work: Promise<unknown>, until: () => boolean): Promise<boolean> {
  const over = new AbortController();
  const ended = work.then(
    () => over.abort(),
    () => over.abort(),
  );
  while (!until() && !over.signal.aborted) await sleep(20);
  const met = await killSoon(victim, afterMs, over.signal);
  await ended;
  return met;
}

async function play(hashing: HashingStack, kill: Kill): Promise<Outcome> {
  const { stack } = hashing;
  const records = join(stateDirectory(), "..", "records");
  const announced = new Announced();
  const up = (refresh: boolean) => stack.up({ onEvent: announced.take, refresh });
  let met = false;
  if (kill.phase !== "destroy") {
    met = await disturbed(kill, up(false), () => kill.phase === "up" || announced.count > 0);
    await takeUp(stack);
    announced.next();
  }
  const whole = await up(true);
  announced.next();
  const runId = String(whole.outputs["runId"]?.value);
  if (kill.phase === "destroy") {
    met = await disturbed(kill, stack.destroy(), () => true);
    await takeUp(stack);
  }
  await stack.destroy();
  const complete = resultsIn(whole).status === "complete" ? 0 : 1;
  const left = (await hashing.leftovers(runId)).length + runsOnDisk().length;
  return { leftovers: left, lost: Math.max(0, announced.count - blocksKept(records)) + complete, met };
}

const killOf = (index: number, random: Random, victims: readonly Victim[]): Kill => {
  const phase = phases[index % phases.length] ?? "up";
  const victim = victims[Math.floor(index / phases.length) % victims.length] ?? "the engine";
  return { phase, victim, afterMs: random.below(patienceMs[phase]) };
};

/**
 * Kills engine, provider, guest and workload at random moments of `up`, run and `destroy`.
 *
 * @param count how many kills
 * @param progress told of each
 */
export async function killAtRandom(count: number, progress: Progress, seed = 20261128): Promise<Outcome[]> {
  const random = randomFrom(seed);
  const outcomes: Outcome[] = [];
  for (let index = 0; index < count; index += 1) {
    // Records of one kill are in a folder of their own, so that blocks can be counted.
    const hashing = await openHashingStack("fault-run", { environments: ["bare-metal", "vm"], blocks });
    const victims = hashing.machine.guestKernel === null ? victimNames.filter((one) => one !== "a guest") : victimNames;
    if (hashing.machine.guestKernel === null) await hashing.configure({ environments: ["bare-metal"] });
    try {
      const kill = killOf(index, random, victims);
      const outcome = await play(hashing, kill);
      outcomes.push(outcome);
      const said = `${kill.victim} ${outcome.met ? "killed" : "not met"} in ${kill.phase}, ${String(kill.afterMs)} ms`;
      progress(`${String(index + 1)}: ${said}: ${String(outcome.leftovers)} left, ${String(outcome.lost)} lost`);
    } finally {
      await hashing.dispose();
    }
  }
  return outcomes;
}

/** What kills at random moments leave behind and lose. */
export const faultRun: Bench = {
  name: "fault-run",
  title: "leftovers and lost finished samples of 50 random kills over up, run and destroy",
  goal: "0",
  unit: "leftovers and lost samples",
  run: async (progress) => {
    const outcomes = await killAtRandom(kills, progress);
    const sum = (of: "leftovers" | "lost"): number => outcomes.reduce((total, outcome) => total + outcome[of], 0);
    const met = outcomes.filter((outcome) => outcome.met).length;
    const detail = { leftovers: sum("leftovers"), lost: sum("lost"), met };
    return {
      value: detail.leftovers + detail.lost,
      n: outcomes.length,
      interval: null,
      pass: detail.leftovers + detail.lost === 0,
      detail,
    };
  },
};
