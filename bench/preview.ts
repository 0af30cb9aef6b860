import { join } from "node:path";
import { openWorkspace } from "../cli/workspace.ts";
import { projectRoot } from "../cli/version.ts";
import { meanInterval } from "../measure/interval.ts";
import { median } from "../measure/statistics.ts";
import { readMachine } from "../provider/machine.ts";
import type { Bench } from "./bench.ts";

const repetitions = 5;
const goalSeconds = 5;

/** Wall time of a preview of the comparison stack, everything standing and nothing changed. */
export const preview: Bench = {
  name: "preview",
  title: "`pulumi preview` without changes",
  goal: `≤ ${String(goalSeconds)} s`,
  unit: "s",
  run: async (progress) => {
    const config = { "underlay:rounds": "1", "underlay:blocks": "1", "underlay:photographs": "false" };
    const program = join(projectRoot, "program.mjs");
    const stack = await openWorkspace({ name: "bench-preview", program, config, machine: readMachine() });
    try {
      progress("bringing the stack up");
      await stack.up();
      const seconds: number[] = [];
      for (let repetition = 0; repetition < repetitions; repetition += 1) {
        const start = performance.now();
        const { changeSummary } = await stack.preview();
        seconds.push((performance.now() - start) / 1000);
        progress(`${(seconds.at(-1) ?? 0).toFixed(2)} s, ${JSON.stringify(changeSummary)}`);
      }
      const value = median(seconds) ?? Number.NaN;
      return {
        value,
        n: repetitions,
        interval: meanInterval(seconds).value,
        pass: value <= goalSeconds,
        detail: { seconds },
      };
    } finally {
      await stack.destroy();
    }
  },
};
