import { CommanderError } from "commander";
import { UnderlayError } from "../measure/error.ts";

/** What could not begin: a wrong command line, and what the user has to mend first. */
const couldNotBegin = 2;
/** What Ctrl-C ended, as shells say it. */
const interrupted = 130;

/** Exit code of a command that ended by throwing. */
export function exitCodeOf(thrown: unknown): number {
  // Help and the version are no errors.
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  return thrown instanceof UnderlayError && thrown.code === "interrupted" ? interrupted : couldNotBegin;
}
