import { fileURLToPath } from "node:url";
import { openWorkspace } from "../cli/workspace.ts";
import { median } from "../measure/statistics.ts";
import { readMachine } from "../provider/machine.ts";
import type { Bench } from "./bench.ts";

const repetitions = 5;
const sizes = [1, 10, 100] as const;
const goal = 1.2;

/** Whether a preview takes longer for one more environment the more of them there are. */
export const previewScale: Bench = {
  name: "preview-scale",
  title: "time that one more environment adds to a preview, between 10 and 100 of them ÷ between 1 and 10",
  goal: `≤ ${String(goal)}`,
  unit: "ratio",
  run: async (progress) => {
    const program = fileURLToPath(new URL("../test/automation/scale-program/program.mjs", import.meta.url));
    const stack = await openWorkspace({ name: "bench-preview-scale", program, config: {}, machine: readMachine() });
    const timed = async (environments: number): Promise<number> => {
      await stack.setConfig("test:environments", { value: String(environments) });
      const start = performance.now();
      await stack.preview();
      return (performance.now() - start) / 1000;
    };
    await timed(1); // Fills caches.
    const seconds = new Map(sizes.map((size) => [size, [] as number[]]));
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      for (const size of sizes) {
        const taken = await timed(size);
        seconds.get(size)?.push(taken);
        progress(`${String(size)} environments: ${taken.toFixed(2)} s`);
      }
    }
    const [one, ten, hundred] = sizes.map((size) => median(seconds.get(size) ?? []) ?? Number.NaN);
    const [first, last] = [((ten ?? 0) - (one ?? 0)) / 9, ((hundred ?? 0) - (ten ?? 0)) / 90];
    const value = last / first;
    const detail = { seconds: Object.fromEntries(seconds), secondsPerEnvironment: { first, last } };
    return { value, n: repetitions, interval: null, pass: value <= goal, detail };
  },
};
