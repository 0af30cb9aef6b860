import { z } from "zod";
import { pairedRatioOfRounds } from "../measure/interval.ts";
import type { Measured, Progress } from "./bench.ts";

const blockSchema = z.looseObject({ items: z.number(), seconds: z.number() });

/** Items per second of programs that play one block together, in the time of the slowest. */
export function rateOf(events: readonly unknown[]): number {
  const blocks = events.map((event) => blockSchema.parse(event));
  return blocks.reduce((sum, { items }) => sum + items, 0) / Math.max(...blocks.map(({ seconds }) => seconds));
}

/** Plays a block and tells its rate. */
type Play = (block: number) => Promise<number>;

/** Log-ratios of the rates of so many pairs of blocks, through underlay ÷ by hand. */
export async function playPairs(count: number, byHand: Play, through: Play, progress: Progress): Promise<number[]> {
  const ratios: number[] = [];
  for (let block = 0; block < count; block += 1) {
    // Which one goes first changes from pair to pair: neither has the warmer machine.
    const [first, second] = block % 2 === 0 ? [byHand, through] : [through, byHand];
    const rates = [await first(block), await second(block)] as const;
    const ratio = block % 2 === 0 ? rates[1] / rates[0] : rates[0] / rates[1];
    ratios.push(Math.log(ratio));
    progress(`pair ${String(block + 1)} of ${String(count)}: ${ratio.toFixed(3)}`);
  }
  return ratios;
}

/** The ratio over all launches; it passes when its interval has 1 in it, and it is no further off than the tolerance. */
export function fidelityOf(launches: readonly (readonly number[])[], tolerance: number): Measured {
  const { ratio, interval } = pairedRatioOfRounds(launches, "pairs");
  const bounds = interval.value;
  const holds = ratio !== null && bounds !== null && bounds.low <= 1 && bounds.high >= 1;
  return {
    value: ratio ?? Number.NaN,
    n: launches.flat().length,
    interval: bounds,
    pass: holds && Math.abs(ratio - 1) <= tolerance,
  };
}
