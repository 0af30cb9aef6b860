import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { projectRoot } from "../cli/version.ts";
import { openWorkspace } from "../cli/workspace.ts";
import { meanInterval } from "../measure/interval.ts";
import { mean } from "../measure/statistics.ts";
import { rules } from "../policy/rules.ts";
import { readMachine } from "../provider/machine.ts";
import type { Bench } from "./bench.ts";

const pairs = 6;
const goalSeconds = 2;

/** What the policy pack adds to a preview of the comparison stack. */
export const policyOverhead: Bench = {
  name: "policy-overhead",
  title: "`pulumi preview` of the comparison with the policy pack beyond the same without it",
  goal: `≤ ${String(goalSeconds)} s`,
  unit: "s",
  run: async (progress) => {
    const program = join(projectRoot, "program.mjs");
    const stack = await openWorkspace({ name: "bench-policy", program, config: {}, machine: readMachine() });
    const timed = async (policyPacks: string[]): Promise<number> => {
      const start = performance.now();
      await stack.preview({ policyPacks });
      return (performance.now() - start) / 1000;
    };
    const pack = [join(projectRoot, "policy")];
    // The first of each fills caches.
    await timed([]);
    await timed(pack);
    const differences: number[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      const without = await timed([]);
      const with_ = await timed(pack);
      differences.push(with_ - without);
      progress(`${without.toFixed(2)} s without, ${with_.toFixed(2)} s with`);
    }
    const value = mean(differences) ?? Number.NaN;
    const interval = meanInterval(differences).value;
    return { value, n: pairs, interval, pass: value <= goalSeconds, detail: { differences } };
  },
};

/** Whether the tests of the policies fail when one of them is emptied. */
function notices(name: string): boolean {
  const mocha = join(projectRoot, "node_modules", "mocha", "bin", "mocha.js");
  const emptying = fileURLToPath(new URL("./empty-policy.ts", import.meta.url));
  const tests = join(projectRoot, "test", "unit", "policy", "rules.test.ts");
  const { status, stdout } = spawnSync(process.execPath, [mocha, "--require", emptying, "--reporter", "json", tests], {
    cwd: projectRoot,
    env: { ...process.env, EMPTIED_POLICY: name },
    encoding: "utf8",
  });
  // A run that ends for another reason, such as a file that cannot be loaded, has no failures to tell.
  const { failures } = JSON.parse(stdout) as { failures: readonly { readonly title: string }[] };
  return status !== 0 && failures.length > 0 && failures.every(({ title }) => title.startsWith(name));
}

/** Policies whose tests fail when the policy lets everything pass. */
export const policyMutation: Bench = {
  name: "policy-mutation",
  title: "policies whose own tests fail, and no others, when they let everything pass",
  goal: "100 %",
  unit: "%",
  run: (progress) => {
    const unnoticed = rules.filter(({ name }) => {
      const noticed = notices(name);
      progress(`${name}: ${noticed ? "noticed" : "not noticed"}`);
      return !noticed;
    });
    const value = (100 * (rules.length - unnoticed.length)) / rules.length;
    const detail = { unnoticed: unnoticed.map(({ name }) => name) };
    return Promise.resolve({ value, n: rules.length, interval: null, pass: value === 100, detail });
  },
};
