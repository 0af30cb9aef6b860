import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../cli/version.ts";
import { meanInterval } from "../measure/interval.ts";
import { parseRecord } from "../measure/parse-record.ts";
import { resultsSchema } from "../measure/results.ts";
import { median } from "../measure/statistics.ts";
import { readMachine, required } from "../provider/machine.ts";
import { whyCold } from "../test/lab/kubernetes/install.mjs";
import { kubernetesLab, labKubeconfig } from "../test/lab/kubernetes/lab.ts";
import { clusterImageName } from "../tools/root/cluster-image.mjs";
import type { Bench } from "./bench.ts";
import { inLab, secondsOf } from "./labs.ts";

const cycles = 3;
const goalSeconds = 15;

/** Seconds that the program in the pod counts itself: its imports, building, warm-up, and blocks. */
function ownSeconds(record: string): number {
  const lines = parseRecord(readFileSync(record, "utf8"));
  return lines.reduce((sum, line) => {
    const parts = line.type === "launch" ? Object.values(line.parts).reduce((all, part) => all + part, 0) : 0;
    return sum + parts + (line.type === "block" ? line.seconds : 0);
  }, 0);
}

/** What a training in a pod costs beside itself: Pulumi, the cluster, and the way into the pod. */
export const kubernetesCycle: Bench = {
  name: "kubernetes-cycle",
  title: "a training Job on the lab of Kubernetes: from `up` to its results, without what its program counts itself",
  goal: `≤ ${String(goalSeconds)} s`,
  unit: "s",
  run: (progress) => {
    const machine = readMachine();
    return inLab(kubernetesLab, whyCold(machine.root), progress, async ({ stack: open, folder }) => {
      const root = required(machine, "root", machine.root);
      const config = {
        ...{ target: "kubernetes", environment: "container-on-bare-metal", kubeconfig: labKubeconfig() },
        ...{ image: clusterImageName(root), model: "alexnet", rounds: "1", blocks: "2", cpus: "1" },
        recordDirectory: join(folder, "records"),
      };
      const entries = Object.entries(config).map(([key, value]): [string, string] => [`underlay:${key}`, value]);
      const stack = await open(join(projectRoot, "program.mjs"), Object.fromEntries(entries));
      const each: { up: number; own: number; destroy: number }[] = [];
      for (let cycle = 0; cycle < cycles; cycle += 1) {
        const from = performance.now();
        const { outputs } = await stack.up();
        const up = (performance.now() - from) / 1000;
        const own = ownSeconds(resultsSchema.parse(outputs["results"]?.value).record.path);
        const destroy = await secondsOf(() => stack.destroy());
        each.push({ up, own, destroy });
        progress(
          `up ${up.toFixed(1)} s, of which ${own.toFixed(1)} s are the program's; destroy ${destroy.toFixed(1)} s`,
        );
      }
      const beyond = each.map(({ up, own }) => up - own);
      const value = median(beyond) ?? Number.NaN;
      const interval = meanInterval(beyond).value;
      return { value, n: cycles, interval, pass: value <= goalSeconds, detail: { cycles: each } };
    });
  },
};
