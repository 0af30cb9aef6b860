import { CommanderError } from "commander";
import pc from "picocolors";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { makeProgram } from "./program.ts";

/** Exit code of what could not begin: a wrong command line, and what the user has to mend first. */
const couldNotBegin = 2;

function explain(thrown: unknown): string {
  if (thrown instanceof UnderlayError) return thrown.message;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : messageOf(thrown);
}

try {
  await makeProgram().parseAsync();
} catch (thrown) {
  if (thrown instanceof CommanderError) {
    // Commander has printed what it has to say; help and version are no errors.
    process.exitCode = thrown.exitCode === 0 ? 0 : couldNotBegin;
  } else {
    process.stderr.write(`${pc.red("error:")} ${explain(thrown)}\n`);
    process.exitCode = couldNotBegin;
  }
}
