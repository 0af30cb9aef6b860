import { messageOf, UnderlayError } from "../../measure/error.ts";
import type { Connection } from "../connection.ts";
import { executeAt, type ExecuteOptions } from "../execute.ts";

/** What a host that can be reached says of a failure, and what it means. */
export interface Refusal {
  readonly says: RegExp;
  readonly code: string;
  readonly hint: string;
}

/** Whether a command did not fail on the host, but on the way to it: ssh ends with 255 then, and nothing else of ours does. */
export function isUnreachable(thrown: unknown): boolean {
  return messageOf(thrown).includes("ended with 255.");
}

/**
 * Runs a command on a host, and turns what it says of a failure into an error that names the remedy.
 *
 * @param where the host, as a sentence begins
 * @param connection the way into it
 * @param argv the command
 * @param options how it is run
 * @param refusals what is known to be said
 * @throws UnderlayError of the refusal's code, or `host-failed` with the last lines
 */
export async function executeOn(
  where: string,
  connection: Connection,
  argv: readonly string[],
  options: ExecuteOptions,
  refusals: readonly Refusal[],
): Promise<string> {
  try {
    return await executeAt(connection, argv, options);
  } catch (thrown) {
    options.signal?.throwIfAborted();
    if (isUnreachable(thrown)) {
      throw thrown;
    }
    const said = thrown instanceof UnderlayError ? (thrown.hint ?? thrown.message) : messageOf(thrown);
    const known = refusals.find(({ says }) => says.test(said));
    throw new UnderlayError(known?.code ?? "host-failed", `${where} refused: ${said.trim()}`, known?.hint ?? null, {
      cause: thrown,
    });
  }
}
