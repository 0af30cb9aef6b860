import { rmSync } from "node:fs";
import { join } from "node:path";
import { runTuner, type TunerRequest } from "../cli/tuner-process.ts";
import { proofOf, type TunedSettings, type TunerEnd } from "../measure/autotuning.ts";
import { UnderlayError } from "../measure/error.ts";
import { sessionLine } from "../report/autotuning.ts";
import type { Bench, Progress } from "./bench.ts";
import { tunerRequest, type TrainingPlace, withTraining } from "./optimised-training.ts";

const goal = { share: 0.95, time: 0.25 };
/** The grid plays the last rung: by fewer steps, settings that are a twentieth apart could not be told. */
const rungs = [4, 8, 32];
/** Both sides prove what they found against the defaults in so many rounds, and that counts as their time. */
const rounds = 3;
/** Rounds in which the two finds are held against each other; no part of either's time. */
const verdictRounds = 5;
const framework = "pytorch";
/** What is left: batch, threads, oneDNN's kernels, allocator. A compiler would compile half an hour for a grid. */
const fixed = { compiler: "none", inter: 1, prefetch: 2, affinity: "none" };
/** Ends the tuner a little before its time, since its last session may be a long one. */
const margin = 0.95;

interface Played {
  readonly end: TunerEnd;
  /** Seconds of all that was played, between the sessions included where none was played by a bench before. */
  readonly seconds: number;
}

/** Has the tuner's program play; what a bench that was killed played of a grid counts with the time that it took then. */
async function played(place: TrainingPlace, folder: string, change: Partial<TunerRequest>, progress: Progress) {
  const request = tunerRequest(place, { framework, fixed, rungs, rounds, minutes: 60, ...change }, folder);
  let defaults: TunedSettings = {};
  let [before, count, size] = [0, 0, 0];
  const start = performance.now();
  const end = await runTuner(request, place, {
    space: (known, all) => ([defaults, size] = [known, all]),
    session: (session) => {
      before += change.exhaustive === true && session.repeated === true ? session.wallSec : 0;
      count += 1;
      const of = change.exhaustive === true && session.phase === "search" ? ` ${count} of ${size}` : "";
      progress(`${folder}${of}, ${sessionLine(session, defaults)}`);
    },
  });
  if (end === null) throw new UnderlayError("tuner-efficiency", "It was interrupted.");
  return { end, seconds: (performance.now() - start) / 1000 + before } satisfies Played;
}

const sameSettings = (a: TunedSettings, b: TunedSettings): boolean =>
  Object.entries(a).every(([name, value]) => b[name] === value);

/** How fast the tuner's settings are beside the grid's, in rounds of both; certain where they are the same. */
async function judged(place: TrainingPlace, tuner: TunedSettings, grid: TunedSettings, progress: Progress) {
  if (sameSettings(tuner, grid)) return { same: true, share: 1, interval: null, rounds: [] };
  const rivals = { best: tuner, defaults: grid };
  const { end } = await played(place, "verdict", { rivals, rounds: verdictRounds }, progress);
  const { speedup, interval } = proofOf(end).againstDefaults ?? { speedup: null, interval: null };
  const percent = interval === null ? null : { ...interval, low: 100 * interval.low, high: 100 * interval.high };
  return { same: false, share: speedup ?? 0, interval: percent, rounds: end.rounds };
}

/** How near the tuner comes to the best of a grid that is played whole, and in which share of its time. */
export const tunerEfficiency: Bench = {
  name: "tuner-efficiency",
  title: "speed of the settings that the tuner chooses, against the best of the whole grid of 48, MNIST CNN on PyTorch",
  goal: `≥ ${goal.share * 100} % of the best at ≤ ${goal.time * 100} % of the time, proofs included`,
  unit: "%",
  run: (progress) =>
    withTraining("tuner-efficiency", async (place) => {
      const grid = await played(place, "grid", { exhaustive: true }, progress);
      progress(`the grid took ${grid.seconds.toFixed(0)} s, the tuner has ${(goal.time * 100).toFixed(0)} % of that`);
      const minutes = (margin * goal.time * grid.seconds) / 60;
      // A search that was cut short would have looked at its clock in vain.
      rmSync(join(place.folder, "search"), { recursive: true, force: true });
      const tuner = await played(place, "search", { minutes }, progress);
      const timeShare = tuner.seconds / grid.seconds;
      const { share, interval, ...verdict } = await judged(place, tuner.end.best, grid.end.best, progress);
      return {
        value: 100 * share,
        n: Math.max(1, verdict.rounds.length),
        interval,
        pass: share >= goal.share && timeShare <= goal.time,
        detail: {
          ...{ timeShare, gridSec: grid.seconds, tunerSec: tuner.seconds, tried: tuner.end.tried, size: grid.end.size },
          ...{ tunerBest: tuner.end.best, gridBest: grid.end.best, ...verdict },
          ...{ tunerProof: proofOf(tuner.end), gridProof: proofOf(grid.end) },
        },
      };
    }),
};
