import { execa } from "execa";
import { UnderlayError } from "../../measure/error.ts";
import type { CheckOutcome } from "../../report/pull-request.ts";

/** Lines that are kept of a check that fails. */
const kept = 25;

/**
 * Runs one check, whose output goes to standard error.
 *
 * @param words a command and its arguments with spaces between them; no shell reads them
 * @param cwd folder of the project
 * @param signal ends it early
 * @throws UnderlayError `option-invalid` when it is empty
 */
export async function runCheck(words: string, cwd: string, signal: AbortSignal): Promise<CheckOutcome> {
  const [file, ...rest] = words.split(/\s+/).filter((word) => word !== "");
  if (file === undefined) {
    throw new UnderlayError("option-invalid", "--check is empty.", 'Give a command, such as --check "npm test".');
  }
  const from = performance.now();
  const { failed, all } = await execa(file, rest, {
    cwd,
    reject: false,
    all: true,
    stdin: "ignore",
    stdout: ["pipe", process.stderr],
    stderr: ["pipe", process.stderr],
    cleanup: true,
    cancelSignal: signal,
  });
  const seconds = (performance.now() - from) / 1000;
  return { name: words, seconds, output: failed ? all.split("\n").slice(-kept).join("\n") : null };
}
