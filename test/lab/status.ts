// What the lab says of itself, in a file of its state folder.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const schema = z.object({ phase: z.enum(["starting", "ready", "failed"]), text: z.string() });

/** How far the lab is. */
export type Status = z.infer<typeof schema>;

/** Writes how far the lab is. */
export function writeStatus(state: string, status: Status): void {
  const file = join(state, "status.json");
  writeFileSync(`${file}.new`, JSON.stringify(status));
  renameSync(`${file}.new`, file);
}

/** Reads how far the lab is; null when it has said nothing yet. */
export function readStatus(state: string): Status | null {
  try {
    return schema.parse(JSON.parse(readFileSync(join(state, "status.json"), "utf8")));
  } catch {
    return null; // Not there yet.
  }
}
