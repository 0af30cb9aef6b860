import { openstackLab } from "../test/lab/openstack/lab.ts";
import type { Bench } from "./bench.ts";
import { inOpenstack } from "./labs.ts";

const goal = { minutes: 3, gibibytes: 5 };

/** Start and memory of the lab of OpenStack. */
export const openstackLabStart: Bench = {
  name: "openstack-lab-start",
  title: "the lab of OpenStack from nothing to every service working, its packages cached; its memory without servers",
  goal: `≤ ${String(goal.minutes)} min, ≤ ${String(goal.gibibytes)} GiB`,
  unit: "min",
  run: (progress) =>
    inOpenstack(progress, async ({ startSec }) => {
      const memoryMiB = Object.fromEntries(await openstackLab.memory());
      const gibibytes = Object.values(memoryMiB).reduce((sum, mib) => sum + mib, 0) / 1024;
      const minutes = startSec / 60;
      const pass = minutes <= goal.minutes && gibibytes <= goal.gibibytes;
      return { value: minutes, n: 1, interval: null, pass, detail: { gibibytes, memoryMiB } };
    }),
};
