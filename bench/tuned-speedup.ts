import { mallocsOf } from "../cli/autotune.ts";
import { runTuner } from "../cli/tuner-process.ts";
import { proofOf } from "../measure/autotuning.ts";
import { UnderlayError } from "../measure/error.ts";
import { readMachine } from "../provider/machine.ts";
import { sessionLine } from "../report/autotuning.ts";
import type { Bench } from "./bench.ts";
import { tunerRequest, withTraining } from "./optimised-training.ts";

const goal = { speedup: 1.3, low: 1.17 };
/** 40 % of it and what the search leaves are the proof's: six rounds of three sessions, where a session takes 12 s. */
const minutes = 9;
const framework = "pytorch";
/** The batch is part of what is learned, and so is not the tuner's here; the others change little and cost sessions. */
const fixed = { batch: 128, inter: 1, prefetch: 2, affinity: "none" };
/** Few steps, so that search and proof fit: a step takes a tenth of a second. */
const rungs = [10, 20, 40];

/** What a tuned configuration brings against the framework's plain wheel with defaults. */
export const tunedSpeedup: Bench = {
  name: "tuned-speedup",
  title: "tuned configuration against the plain wheel with defaults, MNIST CNN with batch 128 on this CPU, PyTorch",
  goal: `≥ ${goal.speedup} ×, interval above ${goal.low}`,
  unit: "×",
  run: (progress) =>
    withTraining("tuned-speedup", async (place) => {
      const mallocs = mallocsOf(readMachine());
      let defaults = {};
      const end = await runTuner(tunerRequest(place, { framework, minutes, fixed, rungs, mallocs }), place, {
        space: (known) => (defaults = known),
        session: (session) => progress(sessionLine(session, defaults)),
      });
      if (end === null) throw new UnderlayError("tuned-speedup", "It was interrupted.");
      const { againstDefaults, compiler } = proofOf(end);
      const { speedup, interval, n } = againstDefaults ?? { speedup: 1, interval: null, n: end.rounds.length };
      return {
        value: speedup ?? 1,
        n,
        interval,
        pass: (speedup ?? 1) >= goal.speedup && (interval?.low ?? 0) > goal.low,
        detail: {
          ...{ best: end.best, defaults: end.defaults, compiler },
          ...{ tried: end.tried, size: end.size, rounds: end.rounds },
        },
      };
    }),
};
