import { clockDoubt, unitOf } from "./comparability.ts";
import { pairedRatioOfRounds } from "./interval.ts";
import { blockPairs, throughputLogRatio, verdictOf } from "./pairs.ts";
import type { BlockPair } from "./pairs.ts";
import type { BlockLine } from "./record.ts";
import type { Interference } from "./results.ts";
import type { EnvironmentRun, Run } from "./run.ts";
import { summaryOf } from "./summary.ts";

/** A cause is named when it carries at least this share of the extra time. */
const leastShare = 0.5;
/** Virtualisation whose guests are not told when the host gives their CPU to others: steal is always 0 there. */
const withoutSteal: readonly string[] = ["user-mode-linux", "qemu-tcg"];

const counterNames = [
  "cpuSeconds",
  "involuntaryContextSwitches",
  "majorPageFaults",
  "storageReadBytes",
  "networkReceivedBytes",
  "networkSentBytes",
  "memoryTrafficBytes",
  "cpuPressureFraction",
  "ioPressureFraction",
  "memoryPressureFraction",
  "stealFraction",
] as const;
type CounterName = (typeof counterNames)[number];

type Part = Interference["parts"][number];
type Verdicts = Pick<Interference, "cause" | "causeReason">;

/** Means over the blocks of one side. */
interface Side {
  readonly secondsPerItem: number;
  /** Null where not every block has it. Fractions are of time, all others per item. */
  readonly counter: (name: CounterName) => number | null;
}

/**
 * What every series lost beside other programs, and to what, for every environment and every series of the schedule that
 * is held against one that is played alone.
 *
 * The ratio is that of the throughputs, beside ÷ alone, over pairs of blocks of equal round and index
 * (`pairedRatioOfRounds`). The same pairs say where the extra seconds per item went. With w seconds and c CPU seconds
 * per item a program keeps p = c/w CPUs busy on average, so that several threads are counted as what they take of the
 * clock. From alone to beside:
 *
 *     w' − w  =  (c' − c)/p  +  c'·(1/p' − 1/p)
 *
 * - The first term is the CPU time that the same work takes more, at the parallelism that it had alone: cold caches, memory
 *   bandwidth, the other thread of a core (cycles per instruction, as in Zhang et al., "CPI²", EuroSys 2013, but in time).
 * - The second term is time in which fewer of its CPUs worked than alone: it waited. For what is told by the kernel's
 *   pressure stall information (Linux, Documentation/accounting/psi.rst), the share of time that some task waited for a
 *   CPU, storage or memory, and for a CPU by steal besides. Pressure is that of all tasks of a kernel, so it bounds the
 *   wait of this program from above; what these say together is scaled down to the term where it exceeds it.
 * - The rest is what neither explains, and negative where more CPUs worked than alone.
 *
 * A cause is named when the slowdown is credible and the part carries at least half of it. What a program spends spinning
 * while it waits counts as CPU time. So does, in a guest whose hypervisor tells no steal, waiting for a CPU of the host:
 * there, CPU time is not named as the cause.
 */
export function interferenceOf({ header, environments }: Run): Interference[] {
  const { series, rounds } = header.schedule;
  return environments.flatMap((environment) =>
    series.flatMap(({ name, alone }) =>
      alone === undefined ? [] : [pairOfSeries(environment, name, alone, { rounds, environments })],
    ),
  );
}

function pairOfSeries(
  run: EnvironmentRun,
  series: string,
  alone: string,
  { rounds, environments }: { readonly rounds: number; readonly environments: readonly EnvironmentRun[] },
): Interference {
  const blocksOf = (name: string): BlockLine[] => run.blocks.filter((block) => block.series === name);
  const byRound = blockPairs(blocksOf(series), blocksOf(alone), rounds);
  const pairs = byRound.flat();
  const common = { environment: run.environment, series, alone, n: pairs.length };
  const background = backgroundOf(run, pairs, unitOf(environments, series) ?? "items");
  const cannotTell = (ratio: number | null, reason: string): Interference => ({
    ...{ ...common, ratio, interval: null, verdict: "cannot tell", reason, background },
    ...{ extraSecondsPerItem: null, parts: [], cause: null, causeReason: reason, counters: [] },
  });
  const doubt = clockDoubt(run, series) ?? clockDoubt(run, alone);
  if (doubt !== null) return cannotTell(null, doubt);
  const { ratio, interval } = pairedRatioOfRounds(
    byRound.map((round) => round.map(throughputLogRatio)),
    "pairs of blocks",
  );
  if (pairs.length === 0) return cannotTell(null, interval.reason ?? "no pair of blocks was measured");
  const beside = sideOf(pairs.map(({ one }) => one));
  const idle = sideOf(pairs.map(({ other }) => other));
  const extra = beside.secondsPerItem - idle.secondsPerItem;
  const parts = split(beside, idle);
  const verdict = interval.value === null ? "cannot tell" : verdictOf("throughput", interval.value);
  return {
    ...{ ...common, ratio, interval: interval.value, verdict, reason: interval.reason, background },
    ...{ extraSecondsPerItem: extra, parts },
    ...(verdict === "slower"
      ? causeOf(parts, extra, run, beside)
      : { cause: null, causeReason: interval.reason ?? "there is no credible slowdown" }),
    counters: counterNames.flatMap((counter) => {
      const [a, b] = [beside.counter(counter), idle.counter(counter)];
      return a === null || b === null ? [] : [{ counter, beside: a, alone: b }];
    }),
  };
}

/** How much work the programs beside did during the paired blocks. */
function backgroundOf({ companions }: EnvironmentRun, pairs: readonly BlockPair[], unit: string) {
  return companions.flatMap(({ role }) => {
    const rates = pairs.flatMap(({ one: { metrics } }) => {
      const [items, seconds] = [metrics[`${role}.items`], metrics[`${role}.seconds`]];
      return items === undefined || seconds === undefined || seconds === 0 ? [] : [items / seconds];
    });
    const throughput = summaryOf(rates, `${unit}/s`, `${role} did not tell what it did`);
    return [{ role, throughput }];
  });
}

function sideOf(blocks: readonly BlockLine[]): Side {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const items = sum(blocks.map((block) => block.items));
  const seconds = sum(blocks.map((block) => block.seconds));
  return {
    secondsPerItem: seconds / items,
    counter: (name) => {
      const share = name.endsWith("Fraction");
      const values = blocks.flatMap(({ metrics, seconds: time }) => {
        const value = metrics[name];
        return value === undefined ? [] : [share ? value * time : value];
      });
      return values.length < blocks.length ? null : sum(values) / (share ? seconds : items);
    },
  };
}

const notTold = (name: CounterName): string => `the kernel did not tell ${name}`;

/** Extra seconds per item by cause; see `interferenceOf`. */
function split(beside: Side, alone: Side): Part[] {
  const extra = beside.secondsPerItem - alone.secondsPerItem;
  const [used, usedAlone] = [beside.counter("cpuSeconds"), alone.counter("cpuSeconds")];
  const known = used !== null && usedAlone !== null && usedAlone > 0;
  const computing = known ? ((used - usedAlone) * alone.secondsPerItem) / usedAlone : null;
  const idle = extra - (computing ?? 0);
  const bounds = [
    { cause: "waiting for a CPU", counter: "cpuPressureFraction", seconds: cpuWait(beside, alone) },
    { cause: "waiting for storage", counter: "ioPressureFraction", seconds: wait("ioPressureFraction", beside, alone) },
    {
      cause: "waiting for memory",
      counter: "memoryPressureFraction",
      seconds: wait("memoryPressureFraction", beside, alone),
    },
  ] as const;
  const told = bounds.reduce((total, { seconds }) => total + Math.max(0, seconds ?? 0), 0);
  const scale = told > 0 ? Math.min(1, Math.max(0, idle) / told) : 0;
  return [
    { cause: "CPU time", secondsPerItem: computing, reason: known ? null : notTold("cpuSeconds") },
    ...bounds.map(({ cause, counter, seconds }): Part => {
      if (seconds === null) return { cause, secondsPerItem: null, reason: notTold(counter) };
      return { cause, secondsPerItem: Math.max(0, seconds) * scale, reason: null };
    }),
    { cause: "the rest", secondsPerItem: withoutRounding(idle - told * scale, extra), reason: null },
  ];
}

/** A difference, 0 where it differs from 0 by rounding of what it is a part of. */
function withoutRounding(difference: number, whole: number): number {
  return Math.abs(difference) <= 1e-9 * Math.abs(whole) ? 0 : difference;
}

/** Seconds per item that a share of time is longer beside than alone; null where it is not told. */
function wait(share: CounterName, beside: Side, alone: Side): number | null {
  const [during, before] = [beside.counter(share), alone.counter(share)];
  return during === null || before === null ? null : during * beside.secondsPerItem - before * alone.secondsPerItem;
}

/** Pressure, and what the hypervisor took: a task that is on a CPU without running does not count as waiting for one. */
function cpuWait(beside: Side, alone: Side): number | null {
  const pressure = wait("cpuPressureFraction", beside, alone);
  return pressure === null ? null : pressure + (wait("stealFraction", beside, alone) ?? 0);
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** The part that carries at least half of the extra time, or why none can be named. */
function causeOf(parts: readonly Part[], extra: number, run: EnvironmentRun, beside: Side): Verdicts {
  const missing = parts.flatMap(({ reason }) => reason ?? []).join("; ");
  const cannotTell = (reason: string): Verdicts => ({
    cause: null,
    causeReason: missing === "" ? reason : `${reason}; ${missing}`,
  });
  const known = parts.flatMap(({ cause, secondsPerItem }) =>
    secondsPerItem === null ? [] : [{ cause, seconds: secondsPerItem }],
  );
  const [largest] = known.sort((a, b) => b.seconds - a.seconds);
  if (largest === undefined || extra <= 0) return cannotTell("the mean time of an item did not rise");
  const share = percent(largest.seconds / extra);
  if (largest.seconds < leastShare * extra) {
    return cannotTell(`no cause carries half of the extra time; the largest is ${largest.cause} with ${share}`);
  }
  if (largest.cause === "the rest") return cannotTell(`${share} of the extra time is none that the counters explain`);
  const { virtualisation } = run.facts;
  const hidden = withoutSteal.includes(virtualisation) || beside.counter("stealFraction") === null;
  if (largest.cause === "CPU time" && virtualisation !== "none" && hidden) {
    return cannotTell(
      `${share} of the extra time is CPU time of a guest that is not told when the host takes its CPU (${virtualisation}): ` +
        `slower work and waiting for a CPU look the same there`,
    );
  }
  return { cause: largest.cause, causeReason: null };
}
