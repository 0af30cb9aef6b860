import { cpusOfMemory } from "../measure/function-edition.ts";
import { median } from "../measure/statistics.ts";
import type { Bench } from "./bench.ts";
import { Client, idleFunction, withFunctions } from "./functions.ts";

const goalPercent = 5;
const sizesMiB = [128, 256, 512, 1024, 1536, 1769];
const times = 3;
/** Duration of one measurement at the share that is expected, in seconds. */
const seconds = 3;

/** Speed of functions of several memory sizes against proportionality, as functions see it. */
export const cpuShare: Bench = {
  name: "cpu-share",
  title: "largest deviation of a function's speed from its share of a CPU, 128 … 1769 MB",
  goal: `≤ ${String(goalPercent)} %`,
  unit: "%",
  run: (progress) =>
    withFunctions(async (lab) => {
      const archive = lab.pack(idleFunction);
      const shares: { memoryMiB: number; expected: number; measured: number }[] = [];
      for (const memoryMiB of sizesMiB) {
        const front = await lab.start({ package: archive, memoryMiB, maximumInstances: 1, timeoutSec: 60 });
        const client = new Client(front);
        await client.ask();
        const expected = cpusOfMemory(memoryMiB, "current");
        const measured: number[] = [];
        for (let time = 0; time < times; time += 1) {
          const { body } = await client.ask(`?do=burn&seconds=${String(expected * seconds)}`);
          const { cpu, wall } = JSON.parse(body) as { cpu: number; wall: number };
          measured.push(cpu / wall);
        }
        client.end();
        shares.push({ memoryMiB, expected, measured: median(measured) ?? Number.NaN });
        progress(
          `${String(memoryMiB)} MB: ${(shares.at(-1)?.measured ?? 0).toFixed(4)} of ${expected.toFixed(4)} CPUs`,
        );
      }
      const deviations = shares.map(({ expected, measured }) => Math.abs(measured / expected - 1) * 100);
      const value = Math.max(...deviations);
      return { value, n: sizesMiB.length * times, interval: null, pass: value <= goalPercent, detail: { shares } };
    }),
};
