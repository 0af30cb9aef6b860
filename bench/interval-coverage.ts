import { pairedRatio, proportionInterval } from "../measure/interval.ts";
import { randomFrom } from "../measure/random.ts";
import type { Random } from "../measure/random.ts";
import type { Bench } from "./bench.ts";

/** Trials per cell. Their seeds are fixed, so the figure is the same wherever it is measured. */
const trials = 2_000;
/** Resamples per trial: a tenth of a real comparison's, which changes coverage by less than the trials can tell. */
const resampled = 999;
/** Units per trial: from the fewest that are bootstrapped to many. */
const sizes = [8, 12, 20, 60] as const;
/** What the interval has to cover in the worst cell, in percent. At 95 %, a cell has a standard error of 0.5. */
const goal = 94;

/** The logarithm of the time of a block, as a shared machine makes it. */
type Noise = (random: Random) => number;

const exponential: Noise = (random) => -Math.log(1 - random.unit());

/** Kinds of noise of a block's log-time. Log-normal times are `normal` here. */
const noises: Readonly<Record<string, Noise>> = {
  normal: (random) => 0.01 * random.normal(),
  uniform: (random) => 0.02 * random.unit(),
  "normal, 5 % outliers": (random) => (random.unit() < 0.05 ? 0.1 : 0.01) * random.normal(),
  "normal, 5 % slow blocks": (random) =>
    0.01 * random.normal() + (random.unit() < 0.05 ? 0.3 * exponential(random) : 0),
  skewed: (random) => 0.02 * exponential(random),
  "rounded to few values": (random) => 0.01 * Math.round(random.normal()),
};

/**
 * The share of trials, in percent, whose interval contains the true ratio, when both sides of every pair have the same
 * noise and the true ratio is 0.9.
 *
 * @param noise Of both sides.
 * @param n Pairs per trial.
 * @param count Trials.
 * @param seed Of the trials.
 */
function coverage(noise: Noise, n: number, count: number, seed: number): number {
  const random = randomFrom(seed);
  let covered = 0;
  for (let trial = 0; trial < count; trial += 1) {
    const logRatios = Array.from({ length: n }, () => Math.log(0.9) + noise(random) - noise(random));
    const { interval } = pairedRatio(logRatios, "pairs", resampled);
    if (interval.value !== null && interval.value.low <= 0.9 && interval.value.high >= 0.9) covered += 1;
  }
  return (100 * covered) / count;
}

/** How often the 95 % interval of a ratio contains the true ratio, by simulation: the worst of all noises and sizes. */
export const intervalCoverage: Bench = {
  name: "interval-coverage",
  title: "simulated coverage of the 95 % interval of a ratio, in its worst case",
  goal: `≥ ${goal} %`,
  unit: "%",
  run: async (progress) => {
    const cells: { noise: string; n: number; coverage: number }[] = [];
    for (const [noise, draw] of Object.entries(noises)) {
      for (const n of sizes) {
        cells.push({ noise, n, coverage: coverage(draw, n, trials, cells.length) });
        // Simulation blocks the thread: let progress out.
        await new Promise((resolve) => setImmediate(resolve));
      }
      const row = cells
        .filter((cell) => cell.noise === noise)
        .map((cell) => `n = ${cell.n}: ${cell.coverage.toFixed(1)} %`);
      progress(`${noise.padEnd(24)} ${row.join(", ")}`);
    }
    const value = Math.min(...cells.map((cell) => cell.coverage));
    const { low, high, ...rest } = proportionInterval(Math.round((value * trials) / 100), trials);
    return {
      value,
      n: trials,
      interval: { ...rest, low: 100 * low, high: 100 * high },
      pass: value >= goal,
      detail: { cells },
    };
  },
};
