import type { Stack, UpResult } from "@pulumi/pulumi/automation/index.js";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openWorkspace, takeUp } from "../../cli/workspace.ts";
import { resultsSchema, type Results } from "../../measure/results.ts";
import { findLeftovers, type Leftover } from "../../provider/leftovers.ts";
import { type Machine, readMachine } from "../../provider/machine.ts";

/** A stack that measures the hashing workload, with a state folder of its own. */
export interface HashingStack {
  readonly stack: Stack;
  readonly machine: Machine;
  /** Sets keys of the program's configuration. */
  configure(values: Readonly<Record<string, unknown>>): Promise<void>;
  /** What still carries the id of any run of this stack's state folder, or of the one given. */
  leftovers(runId: string): Promise<Leftover[]>;
  /** Destroys what stands and removes the state folder. */
  dispose(): Promise<void>;
}

const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Opens a stack of a program of `test/automation`, by default that of `program`. */
export async function openHashingStack(
  name: string,
  config: Readonly<Record<string, unknown>>,
  folder = "program",
): Promise<HashingStack> {
  const machine = readMachine();
  const state = mkdtempSync(join(tmpdir(), "hashing-stack-"));
  process.env["XDG_STATE_HOME"] = state;
  const program = fileURLToPath(new URL(`../automation/${folder}/program.mjs`, import.meta.url));
  const all = { records: join(state, "records"), ...config };
  const entries = Object.entries(all).map(([key, value]): [string, string] => [`test:${key}`, text(value)]);
  const stack = await openWorkspace({ name, program, config: Object.fromEntries(entries), machine });
  return {
    stack,
    machine,
    configure: async (values) => {
      for (const [key, value] of Object.entries(values)) {
        await stack.setConfig(`test:${key}`, { value: text(value) });
      }
    },
    leftovers: async (runId) => (await findLeftovers(machine)).filter((leftover) => leftover.runId === runId),
    dispose: async () => {
      await takeUp(stack);
      await stack.destroy({ refresh: false });
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** Results that an `up` exported. */
export function resultsIn(up: UpResult): Results {
  return resultsSchema.parse(up.outputs["results"]?.value);
}
