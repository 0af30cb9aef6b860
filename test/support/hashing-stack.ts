import type { Stack, UpResult } from "@pulumi/pulumi/automation/index.js";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { configure, openWorkspace } from "../../cli/workspace.ts";
import { resultsSchema, type Results } from "../../measure/results.ts";
import { findLeftovers, type Leftover } from "../../provider/leftovers.ts";
import { type Machine, readMachine } from "../../provider/machine.ts";
import { putAway } from "./put-away.ts";

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

const settingsOf = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`test:${key}`, text(value)]));

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
  let settings = settingsOf({ records: join(state, "records"), ...config });
  const stack = await openWorkspace({ name, program, config: settings, machine });
  return {
    stack,
    machine,
    configure: async (values) => {
      settings = { ...settings, ...settingsOf(values) };
      await configure(stack, settings);
    },
    leftovers: async (runId) => (await findLeftovers(machine)).filter((leftover) => leftover.runId === runId),
    dispose: () => putAway(stack, state),
  };
}

/** Results that an `up` exported. */
export function resultsIn(up: UpResult): Results {
  return resultsSchema.parse(up.outputs["results"]?.value);
}
