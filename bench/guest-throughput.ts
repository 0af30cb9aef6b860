import { measurementHandler } from "../provider/measurement.ts";
import { measurementInputsSchema } from "../provider/inputs.ts";
import { resultsSchema } from "../measure/results.ts";
import { trainingPlan } from "../workloads/index.ts";
import type { Bench } from "./bench.ts";
import { withHosts } from "./hosts.ts";

const goal = 0.95;
const blocks = 30;

/** Training throughput of the guest against bare metal, blocks interleaved by the schedule of every measurement. */
export const guestThroughput: Bench = {
  name: "guest-throughput",
  title: "ResNet-50 throughput in the VM ÷ on bare metal",
  goal: `≥ ${String(goal)}`,
  unit: "ratio",
  run: (progress) =>
    withHosts(progress, async (place) => {
      const hosts = [await place.host("process"), await place.host("vm")];
      const inputs = measurementInputsSchema.parse({
        name: "guest-throughput",
        runId: place.runId,
        hosts,
        baseline: "bare-metal",
        plan: trainingPlan({ rounds: 1, blocks }),
        recordDirectory: place.directory,
      });
      const { outputs } = await measurementHandler.create(inputs, place.operation);
      const { comparisons, environments } = resultsSchema.parse(outputs["results"]);
      const found = comparisons.find(({ metric }) => metric === "throughput");
      const value = found?.ratio ?? Number.NaN;
      const virtualisation = environments.find(({ environment }) => environment === "vm")?.facts.virtualisation;
      return {
        value,
        n: found?.n ?? 0,
        interval: found?.interval ?? null,
        pass: value >= goal,
        detail: { virtualisation },
      };
    }),
};
