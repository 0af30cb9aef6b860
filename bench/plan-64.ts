import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { configure } from "../cli/workspace.ts";
import { meanInterval } from "../measure/interval.ts";
import { median } from "../measure/statistics.ts";
import { execute } from "../provider/execute.ts";
import type { Bench } from "./bench.ts";
import { inOpenstack, secondsOf } from "./labs.ts";

const repetitions = 3;
/** Nodes of each kind. */
const sizes = [4, 16, 64] as const;
const goal = { seconds: 20, growth: 1.5 };

/** How much more a node costs among many than among few: seconds per node beyond the first sizes, the one ÷ the other. */
function growthOf(of: (count: number) => number): number {
  const [small, middle, large] = sizes;
  return (of(large) - of(middle)) / (large - middle) / ((of(middle) - of(small)) / (middle - small));
}

/** Time of a preview of a large study. */
export const plan64: Bench = {
  name: "plan-64",
  title: "`pulumi preview` of a study on 64 nodes of bare metal and 64 virtual machines, against the lab of OpenStack",
  goal: `≤ ${String(goal.seconds)} s, a node among 64 ≤ ${String(goal.growth)} × one among 16`,
  unit: "s",
  run: (progress) =>
    inOpenstack(progress, async ({ stack: open, folder }) => {
      writeFileSync(join(folder, "tiny.img"), "tiny");
      await execute(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")], { timeoutSec: 30 });
      const config = (count: number): Record<string, string> => ({
        "test:count": String(count),
        "test:image": join(folder, "tiny.img"),
        "test:publicKey": readFileSync(join(folder, "key.pub"), "utf8").trim(),
        "test:records": join(folder, "records"),
      });
      const program = fileURLToPath(new URL("../test/openstack/study/program.mjs", import.meta.url));
      const stack = await open(program, config(sizes[0]));
      const seconds = new Map(sizes.map((count): [number, number[]] => [count, []]));
      for (let repetition = 0; repetition < repetitions; repetition += 1) {
        for (const count of sizes) {
          await configure(stack, config(count));
          let resources = 0;
          const took = await secondsOf(async () => {
            const { changeSummary } = await stack.preview();
            resources = changeSummary.create ?? 0;
          });
          seconds.get(count)?.push(took);
          progress(`${String(count)} of each kind: ${took.toFixed(2)} s, ${String(resources)} resources`);
        }
      }
      const of = (count: number): number => median(seconds.get(count) ?? []) ?? Number.NaN;
      const growth = growthOf(of);
      const value = of(sizes[2]);
      const pass = value <= goal.seconds && growth <= goal.growth;
      const interval = meanInterval(seconds.get(sizes[2]) ?? []).value;
      return { value, n: repetitions, interval, pass, detail: { growth, seconds: Object.fromEntries(seconds) } };
    }),
};
