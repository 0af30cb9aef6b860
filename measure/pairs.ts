import type { BlockLine } from "./record.ts";
import type { Comparison, Interval, Verdict } from "./results.ts";

/**
 * What an interval of a ratio means for speed.
 *
 * @param metric Throughput above 1 is faster, elapsed time above 1 is slower.
 * @param interval An interval that includes 1, its ends counted in, shows no credible difference.
 */
export function verdictOf(metric: Comparison["metric"], interval: Interval): Exclude<Verdict, "cannot tell"> {
  if (interval.low <= 1 && interval.high >= 1) return "no credible difference";
  return interval.low > 1 === (metric === "throughput") ? "faster" : "slower";
}

/** Two blocks of equal round and index, which were played next to each other in time. */
export interface BlockPair {
  readonly one: BlockLine;
  readonly other: BlockLine;
}

/**
 * The pairs of two sets of blocks, by round; what one side has and the other has not is left out.
 *
 * @param one Blocks of one environment and series.
 * @param other Those that they are held against.
 * @param rounds Rounds of the schedule.
 */
export function blockPairs(one: readonly BlockLine[], other: readonly BlockLine[], rounds: number): BlockPair[][] {
  return Array.from({ length: rounds }, (_, round) => {
    const byIndex = (blocks: readonly BlockLine[]): Map<number, BlockLine> =>
      new Map(blocks.filter((block) => block.round === round).map((block) => [block.block, block]));
    return paired(byIndex(one), byIndex(other)).map(([a, b]) => ({ one: a, other: b }));
  });
}

/** Log-ratio of the throughputs of each pair of blocks, one ÷ other. */
export function throughputLogRatio({ one, other }: BlockPair): number {
  return Math.log(one.items / one.seconds) - Math.log(other.items / other.seconds);
}

/** Values of the keys that both have, in the keys' order, which does not depend on the side: swapping them only mirrors. */
export function paired<T>(one: ReadonlyMap<number, T>, other: ReadonlyMap<number, T>): [T, T][] {
  const shared = [...one.keys()].filter((key) => other.has(key)).sort((a, b) => a - b);
  return shared.map((key) => [one.get(key) as T, other.get(key) as T]);
}
