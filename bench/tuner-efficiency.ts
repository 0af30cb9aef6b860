import { join } from "node:path";
import { runTuner } from "../cli/tuner-process.ts";
import { UnderlayError } from "../measure/error.ts";
import { randomFrom, shuffled } from "../measure/random.ts";
import type { Bench } from "./bench.ts";
import { secondsPerImage, trainOnce, tunerRequest, withTraining } from "./optimised-training.ts";

const goal = { share: 0.95, time: 0.25 };
const steps = 20;
/** The grid plays the tuner's last rung. */
const rungs = [5, 10, steps];
/** Share of its time that the tuner keeps for the proof at least, which is no part of the search. */
const proofShare = 0.3;
/** What the grid leaves as it is, and so the tuner too. */
const fixed = { inter: 1, prefetch: 2, malloc: "system" };
const sizes = [64, 128, 256];

interface Cell {
  readonly compiler: string;
  readonly onednn: string;
  readonly batch: number;
  readonly intra: number;
}

function grid(): Cell[] {
  return ["none", "xla"].flatMap((compiler) =>
    ["on", "off"].flatMap((onednn) =>
      sizes.flatMap((batch) => [1, 2].map((intra) => ({ compiler, onednn, batch, intra }))),
    ),
  );
}

const nameOf = ({ compiler, onednn, batch, intra }: Cell): string => [compiler, onednn, batch, intra].join(" ");

/** How near the tuner comes to the best of a grid that is played whole, in a quarter of its time. */
export const tunerEfficiency: Bench = {
  name: "tuner-efficiency",
  title:
    "speed of the settings that the tuner chooses, against the best of the whole grid of 24, MNIST CNN on TensorFlow",
  goal: `≥ ${goal.share * 100} % of the best at ≤ ${goal.time * 100} % of the time`,
  unit: "%",
  run: (progress) =>
    withTraining("tuner-efficiency", async (place) => {
      const times = new Map<string, number>();
      let gridSec = 0;
      for (const [index, cell] of shuffled(grid(), randomFrom(3)).entries()) {
        const { intra: threads, ...rest } = cell;
        const record = join(place.folder, `grid-${index}.json`);
        const common = { model: "mnist-cnn", framework: "tensorflow", steps, cpus: "0,1", data: place.data } as const;
        const seconds = await trainOnce(place, { ...common, ...rest, threads, record }, progress);
        if (seconds !== null) times.set(nameOf(cell), secondsPerImage(record));
        gridSec += seconds ?? 0;
        progress(`${index + 1} of ${grid().length}: ${nameOf(cell)}: ${seconds?.toFixed(1) ?? "failed"} s`);
      }
      let tunerSec = 0;
      const request = tunerRequest(place, { minutes: (goal.time * gridSec) / (1 - proofShare) / 60, fixed, rungs });
      const end = await runTuner(request, place, {
        space: () => undefined,
        session: ({ settings, secondsPerImage: time, phase, wallSec }) => {
          tunerSec += phase === "search" ? wallSec : 0;
          progress(`${phase}: ${JSON.stringify(settings)}: ${time ?? "failed"}`);
        },
      });
      const chosen = end === null ? undefined : times.get(nameOf(end.best as unknown as Cell));
      if (chosen === undefined) throw new UnderlayError("tuner-efficiency", "What the tuner chose failed in the grid.");
      const share = Math.min(...times.values()) / chosen;
      return {
        value: 100 * share,
        n: times.size,
        interval: null,
        pass: share >= goal.share && tunerSec <= goal.time * gridSec,
        detail: {
          gridSec,
          tunerSec,
          timeShare: tunerSec / gridSec,
          chosen: end?.best,
          grid: Object.fromEntries(times),
        },
      };
    }),
};
