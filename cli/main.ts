import { CommanderError } from "commander";
import pc from "picocolors";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { exitCodeOf } from "./exit-code.ts";
import { makeProgram } from "./program.ts";

function explain(thrown: unknown): string {
  if (thrown instanceof UnderlayError) return thrown.message;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : messageOf(thrown);
}

try {
  await makeProgram().parseAsync();
} catch (thrown) {
  // Commander has printed what it has to say.
  if (!(thrown instanceof CommanderError)) process.stderr.write(`${pc.red("error:")} ${explain(thrown)}\n`);
  process.exitCode = exitCodeOf(thrown);
}
