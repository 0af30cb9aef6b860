import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { stateDirectory } from "./machine.ts";

const runFileSchema = z.strictObject({
  runId: z.string(),
  project: z.string(),
  stack: z.string(),
  owner: z.string().optional(),
  expires: z.string().optional(),
  /** Folder of the Pulumi project, from which its stack is asked for. */
  directory: z.string(),
  /** The engine's variables that lead to the stack's state. */
  engine: z.record(z.string(), z.string()),
  createdAt: z.string(),
  /** The provider process that made it, by id and start time. */
  creator: z.strictObject({ pid: z.number(), startTime: z.string() }),
});

/** What a run's folder says of it. */
export type RunFile = z.infer<typeof runFileSchema>;

/** What a run's id looks like: `r` and nine letters or digits. */
export const runIdPattern = /^r[a-z0-9]{9}$/;

const runs = (): string => join(stateDirectory(), "runs");

/** Folder of a run: everything that it keeps on disk, its records apart. */
export function runDirectory(runId: string): string {
  return join(runs(), runId);
}

/** Where the folder of one sandbox of a run is: for what only looks for it, or removes it. */
export function sandboxPath(runId: string, name: string): string {
  return join(runDirectory(runId), "sandboxes", name);
}

/** Folder of one sandbox of a run, made if it is not there. */
export function sandboxDirectory(runId: string, name: string): string {
  const directory = sandboxPath(runId, name);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}

/** Writes what is known of a run; for its owner alone, since the address of a stack's state can hold a password. */
export function writeRunFile(file: RunFile): void {
  mkdirSync(runDirectory(file.runId), { recursive: true, mode: 0o700 });
  writeFileSync(join(runDirectory(file.runId), "run.json"), `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
}

/** Reads what is known of a run; null when its folder does not say. */
export function readRunFile(runId: string): RunFile | null {
  const path = join(runDirectory(runId), "run.json");
  if (!existsSync(path)) {
    return null;
  }
  try {
    return runFileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null; // A folder cut short by a crash: the run is listed with what else carries its id.
  }
}

/** Ids of all runs that have a folder. */
export function runsOnDisk(): string[] {
  return existsSync(runs())
    ? readdirSync(runs())
        .filter((name) => runIdPattern.test(name))
        .sort()
    : [];
}

/** Removes a run's folder. */
export function removeRunDirectory(runId: string): void {
  rmSync(runDirectory(runId), { recursive: true, force: true });
}
