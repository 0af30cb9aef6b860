import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EnvironmentName } from "../../measure/facts.ts";
import { programFiles } from "../program.ts";
import type { Plan } from "../resources.ts";
import { fixedCommands, queuedCommand, queuedPlaces } from "./fixed-plan.ts";

/** All that a queued pod is given, as text files by their path, for each place that it sees them at. */
export interface QueuedFiles {
  readonly places: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly command: readonly string[];
}

/** What a queued pod runs: the program, what it is told, and how it is started. */
export function queuedFiles(plan: Plan, environment: EnvironmentName): QueuedFiles {
  const program = programFiles(plan.directory).map((file) => [file, readFileSync(join(plan.directory, file), "utf8")]);
  const launches = fixedCommands(plan, environment).map((commands, round) => [
    `launch-${String(round).padStart(4, "0")}.jsonl`,
    commands.map((command) => `${JSON.stringify(command)}\n`).join(""),
  ]);
  const facts = readFileSync(fileURLToPath(new URL("../guest/facts.py", import.meta.url)), "utf8");
  return {
    places: {
      [queuedPlaces.program]: Object.fromEntries(program) as Record<string, string>,
      [queuedPlaces.plans]: { ...(Object.fromEntries(launches) as Record<string, string>), "facts.py": facts },
    },
    command: queuedCommand(plan.command),
  };
}
