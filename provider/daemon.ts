import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { minimalEnvironment } from "./execute.ts";
import { identify, type ProcessIdentity } from "./processes.ts";

const identitySchema = z.strictObject({ pid: z.number(), startTime: z.string() });

/** A command that goes on after the operation that started it. */
export interface DaemonCommand {
  readonly argv: readonly [string, ...string[]];
  /** File that what it prints is added to; readable by its owner alone. */
  readonly log: string;
  /** Variables besides the minimal ones, such as its identity. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a command in a session of its own. */
export function detached({ argv: [file, ...args], log, env }: DaemonCommand): ChildProcess {
  const output = openSync(log, "a", 0o600);
  try {
    const child = spawn(file, args, {
      detached: true,
      stdio: ["ignore", output, output],
      env: { ...minimalEnvironment(), ...env },
    });
    child.unref();
    return child;
  } finally {
    closeSync(output);
  }
}

/**
 * Starts a command in a session of its own and notes down which process it is.
 *
 * @param command what is run
 * @param file where its identity is kept, for {@link daemonOf}
 * @returns null when it did not start
 */
export function startDaemon(command: DaemonCommand, file: string): ProcessIdentity | null {
  const child = detached(command);
  child.once("error", () => undefined); // Without an id there was no start: that is what is told.
  const identity = child.pid === undefined ? null : identify(child.pid);
  if (identity !== null) writeFileSync(file, JSON.stringify(identity));
  return identity;
}

/** The process that a file names; null when there is no such file. It may have ended. */
export function daemonOf(file: string): ProcessIdentity | null {
  return existsSync(file) ? identitySchema.parse(JSON.parse(readFileSync(file, "utf8"))) : null;
}

/** The last lines of a log, for people. */
export function lastLines(log: string, count: number): string {
  return readFileSync(log, "utf8").trim().split("\n").slice(-count).join("\n  ");
}
