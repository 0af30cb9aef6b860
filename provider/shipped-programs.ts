import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Connection, connectionSchema } from "./connection.ts";
import { executeAt, identityVariables } from "./execute.ts";
import { runDirectory, runsOnDisk } from "./run-directory.ts";
import { endsInLogin } from "./ssh-hop.ts";

const noteSchema = z.strictObject({ owner: z.string(), place: z.string(), connection: connectionSchema });

/** A workload program on a host that stays when the run ends. */
export interface ShippedProgram extends z.infer<typeof noteSchema> {
  readonly runId: string;
  /** Host and folder, as `scp` has them. */
  readonly name: string;
  /** File that notes it down. */
  readonly note: string;
}

const notes = (runId: string): string => join(runDirectory(runId), "programs");

/**
 * Notes down where a program is about to be shipped to, so that it is found there whatever happens to whoever ships it.
 * Sandboxes and pods need no note: they go with their run, and all that is in them.
 */
export function noteProgram(runId: string, owner: string, place: string, connection: Connection): void {
  if (!endsInLogin(connection)) return;
  const text = JSON.stringify({ owner, place, connection });
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
  mkdirSync(notes(runId), { recursive: true, mode: 0o700 });
  writeFileSync(join(notes(runId), `${digest}.json`), text, { mode: 0o600 });
}

function readNote(runId: string, note: string): ShippedProgram[] {
  try {
    const read = noteSchema.parse(JSON.parse(readFileSync(note, "utf8")));
    return [{ ...read, runId, note, name: `${read.connection.hops[0]?.argv.at(-1) ?? ""}:${read.place}` }];
  } catch {
    return []; // Cut short by a crash: it is written before anything is shipped.
  }
}

/** Programs of runs that were noted down and not removed yet. */
export function shippedPrograms(runIds: readonly string[] = runsOnDisk()): ShippedProgram[] {
  return runIds.flatMap((runId) =>
    (existsSync(notes(runId)) ? readdirSync(notes(runId)) : [])
      .sort()
      .flatMap((file) => readNote(runId, join(notes(runId), file))),
  );
}

/**
 * Removes a program from its host, and then its note.
 *
 * @throws UnderlayError `command-failed` when the host cannot be reached, or refuses
 */
export async function removeProgram({ runId, owner, place, connection, note }: ShippedProgram): Promise<void> {
  const env = identityVariables(runId, owner);
  await executeAt(connection, ["rm", "-rf", "--", place], { timeoutSec: 60, env });
  rmSync(note, { force: true });
}
