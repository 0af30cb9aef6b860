import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, type Machine, markUsed, readMachine, required } from "../provider/machine.ts";
import { executeInRoot, type Seen } from "../provider/root-program.ts";
import { wholeOf } from "./options.ts";

const drawTimeoutSec = 1800;

/** A set of images that a program draws. */
export interface DrawnSet {
  /** Begins the name of its folder. */
  readonly name: string;
  /** Digests of the programs that decide its bytes. */
  readonly programs: readonly (string | null)[];
  readonly seen: readonly Seen[];
  /** What draws it into a folder as the program sees it. */
  readonly command: (folder: string) => readonly string[];
  /** What else decides its bytes, such as its seed. */
  readonly parts: readonly (string | number)[];
}

/** Where a set is kept: named by everything that decides its bytes. */
export function placeOfDrawn(machine: Machine, { name, programs, parts }: Omit<DrawnSet, "seen" | "command">): string {
  const root = required(machine, "root", machine.root);
  const key = createHash("sha256")
    .update(JSON.stringify([...programs, root.digest, ...parts]))
    .digest("hex")
    .slice(0, 16);
  return join(cacheDirectory(), "data-sets", `${name}-${key}`);
}

/**
 * Finds a set in the cache, or has it drawn in the shared root.
 *
 * @returns its folder
 * @throws UnderlayError `command-failed` with the last lines of what draws it
 */
export async function drawnSet(set: DrawnSet): Promise<string> {
  const machine = readMachine();
  const place = placeOfDrawn(machine, set);
  if (existsSync(place)) {
    markUsed(place);
    return place;
  }
  const parent = join(cacheDirectory(), "data-sets");
  mkdirSync(parent, { recursive: true });
  const unfinished = mkdtempSync(join(parent, `.building-${set.name}-`));
  try {
    const seen = [...set.seen, { source: unfinished, target: "/data/set", writable: true }];
    await executeInRoot(machine, set.command("/data/set"), seen, { timeoutSec: drawTimeoutSec });
    if (!existsSync(place)) renameSync(unfinished, place);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return place;
}

/**
 * Reads a seed as it was typed.
 *
 * @throws UnderlayError `option-invalid`
 */
export function seedOf(text: string): number {
  return wholeOf("--seed", text, 0, 2 ** 31 - 1);
}
