import { join } from "node:path";
import { performanceData, withData } from "../cli/performance-model.ts";
import { UnderlayError } from "../measure/error.ts";
import { fitPerformanceModel, type PerformanceData } from "../measure/performance-model.ts";
import { randomFrom, shuffled } from "../measure/random.ts";
import { performanceModelText } from "../report/performance-model.ts";
import type { Bench } from "./bench.ts";
import { probe, type TrainingOptions, trainOnce, withTraining } from "./optimised-training.ts";

const goal = 0.15;
const steps = 32;
const compilers = { tensorflow: ["none", "xla"], pytorch: ["none", "inductor"] } as const;
const batches = [64, 256];
/** Targets by the CPUs that a training may use; with one CPU it is another machine to the model. */
const targets = [
  { target: "one-cpu", cpus: "0", threads: 1 },
  { target: "two-cpus", cpus: "0,1", threads: 2 },
];

type Cell = Omit<TrainingOptions, "data" | "record"> & { readonly target: string };

/** Every framework with its compiler on and off and with oneDNN's kernels on and off, crossed with sizes and targets. */
function cells(): Cell[] {
  return (["tensorflow", "pytorch"] as const).flatMap((framework) =>
    compilers[framework].flatMap((compiler) =>
      ["on", "off"].flatMap((onednn) =>
        batches.flatMap((batch) =>
          targets.map((at) => ({ model: "mnist-cnn" as const, framework, compiler, onednn, batch, steps, ...at })),
        ),
      ),
    ),
  );
}

/** Error of the performance model on images that it had not seen: each is left out with all its records. */
export const modelError: Bench = {
  name: "model-error",
  title: "prediction error of the performance model on images that were left out, MNIST CNN on one and two CPUs",
  goal: `median ≤ ${goal * 100} %`,
  unit: "%",
  run: (progress) =>
    withTraining("model-error", async (place) => {
      const records = new Map<string, string[]>();
      const order = shuffled(cells(), randomFrom(7));
      for (const [index, { target, ...cell }] of order.entries()) {
        const record = join(place.folder, `record-${index}.json`);
        const seconds = await trainOnce(place, { ...cell, data: place.data, record }, progress);
        if (seconds !== null) records.set(target, [...(records.get(target) ?? []), record]);
        progress(`${index + 1} of ${order.length}: ${JSON.stringify(cell)} ${seconds?.toFixed(1) ?? "failed"} s`);
      }
      let data: PerformanceData = { benchmarks: [], targets: [], observations: [] };
      for (const { target, cpus } of targets) {
        const own = performanceData(records.get(target) ?? [], await probe(place, cpus), target);
        data = withData(data, own);
      }
      const { file } = fitPerformanceModel(data, new Date().toISOString());
      progress(performanceModelText(file));
      const { medianError, medianErrorOfAll, images } = file.validation;
      if (medianError === null)
        throw new UnderlayError("model-error", "Every image that was left out was extrapolated.");
      return {
        value: 100 * medianError,
        n: images.filter(({ extrapolates }) => extrapolates.length === 0).length,
        interval: null,
        pass: medianError <= goal,
        detail: { medianErrorOfAll, images, targets: data.targets, records: data.observations.length },
      };
    }),
};
