// Runs programs: argument arrays only, always a time limit, and no process outlives it.
import { spawn } from "node:child_process";
import { Readable, pipeline } from "node:stream";

/**
 * How a program is run.
 *
 * @typedef {object} RunOptions
 * @property {number} [timeoutSec] After so many seconds the whole process group is killed; 60 by default.
 * @property {string} [cwd] Where it runs.
 * @property {Readonly<Record<string, string>>} [env] Variables on top of set-up's own.
 * @property {(text: string) => void} [log] Is given the command and all that it prints.
 * @property {(line: string) => void} [onLine] Is given each line of its standard output as it comes.
 * @property {(chunk: Buffer) => void} [onData] Takes its standard output instead of `stdout`.
 * @property {import("node:stream").Readable} [input] Its standard input; empty by default.
 */

/**
 * How a program ended.
 *
 * @typedef {object} Outcome
 * @property {number | null} code Its exit code; null when a signal ended it or it could not be started.
 * @property {string} stdout What it printed.
 * @property {string} stderr What it complained of.
 * @property {boolean} timedOut Whether it was killed at its time limit.
 * @property {number} seconds How long it ran.
 */

/** Marks every process of a set-up, so that the next one finds what a killed one left. */
export const ownerVariable = "UNDERLAY_SETUP";

/** A program that failed: says which, how, and with which last lines. */
export class CommandError extends Error {
  /**
   * @param {string} command The executable.
   * @param {readonly string[]} args Its arguments.
   * @param {Outcome} outcome How it ended.
   */
  constructor(command, args, outcome) {
    const how = outcome.timedOut
      ? `did not end within ${outcome.seconds.toFixed(0)} s`
      : `ended with ${outcome.code === null ? "a signal" : `exit code ${outcome.code}`}`;
    const words = [command, ...args].join(" ");
    const shown = words.length > 120 ? `${words.slice(0, 117)}...` : words;
    super(`\`${shown}\` ${how}${lastLines(outcome)}`);
    this.name = "CommandError";
    this.outcome = outcome;
  }
}

/**
 * The lines that say most: those that speak of an error, else the last ones.
 *
 * @param {Outcome} outcome How a program ended.
 */
function lastLines({ stdout, stderr }) {
  const lines = (stderr.trim() || stdout.trim()).split("\n").filter(Boolean);
  const errors = lines.filter((line) => /^E:|\b(?:error|fatal|cannot|denied)\b.*\w{3}/i.test(line));
  const telling = (errors.length > 0 ? errors : lines.slice(-3)).slice(0, 3);
  return telling.length === 0 ? "" : `: ${telling.join(" | ").slice(0, 400)}`;
}

/** Process groups that are running now. @type {Set<number>} */
const groups = new Set();

/** Ends every program that is still running, with all of its descendants. */
export function killAll() {
  for (const group of groups) {
    killGroup(group);
  }
}

/** @param {number} group A process group. */
function killGroup(group) {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // Nobody is left in the group: what was wanted.
  }
}

/** @type {string} */
let owner = "";

/**
 * Names the set-up that owns the programs started from now on.
 *
 * @param {string} name Its cache folder.
 */
export function setOwner(name) {
  owner = name;
}

/** @param {RunOptions} options How. */
function environment(options) {
  const search = `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;
  return { ...process.env, PATH: search, LC_ALL: "C.UTF-8", [ownerVariable]: owner, ...options.env };
}

/**
 * Runs a program and tells how it ended, well or badly.
 *
 * @param {string} command An executable.
 * @param {readonly string[]} args Its arguments.
 * @param {RunOptions} [options] How.
 * @returns {Promise<Outcome>} How it ended; it never rejects because of the program.
 */
export async function attempt(command, args, options = {}) {
  const started = performance.now();
  const outcome = { code: /** @type {number | null} */ (null), stdout: "", stderr: "", timedOut: false, seconds: 0 };
  options.log?.(`$ ${[command, ...args].join(" ")}\n`);
  const child = spawn(command, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: environment(options),
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid !== undefined) {
    groups.add(pid);
  }
  const limit = setTimeout(
    () => {
      outcome.timedOut = true;
      if (pid !== undefined) {
        killGroup(pid);
      }
    },
    (options.timeoutSec ?? 60) * 1000,
  );
  collect(child, outcome, options);
  // The program may end before it has read everything; its exit code says what that means.
  pipeline(options.input ?? Readable.from([]), child.stdin, () => undefined);
  outcome.code = await new Promise((resolve) => {
    child.on("error", (error) => {
      outcome.stderr += error.message;
      resolve(null);
    });
    child.on("close", (code) => resolve(code));
  });
  clearTimeout(limit);
  if (pid !== undefined) {
    groups.delete(pid);
  }
  outcome.seconds = (performance.now() - started) / 1000;
  return outcome;
}

/**
 * @param {import("node:child_process").ChildProcessWithoutNullStreams} child The program.
 * @param {Outcome} outcome Takes what it prints.
 * @param {RunOptions} options How it is run.
 */
function collect(child, outcome, options) {
  let rest = "";
  child.stdout.on("data", (/** @type {Buffer} */ chunk) => {
    if (options.onData !== undefined) {
      options.onData(chunk);
      return;
    }
    const text = chunk.toString("utf8");
    outcome.stdout += text;
    options.log?.(text);
    if (options.onLine !== undefined) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(options.onLine);
    }
  });
  child.stderr.on("data", (/** @type {Buffer} */ chunk) => {
    outcome.stderr += chunk.toString("utf8");
    options.log?.(chunk.toString("utf8"));
  });
}

/**
 * Runs a program that has to succeed.
 *
 * @param {string} command An executable.
 * @param {readonly string[]} args Its arguments.
 * @param {RunOptions} [options] How.
 * @returns {Promise<string>} What it printed.
 * @throws {CommandError} When it ended badly.
 */
export async function run(command, args, options = {}) {
  const outcome = await attempt(command, args, options);
  if (outcome.code !== 0 || outcome.timedOut) {
    throw new CommandError(command, args, outcome);
  }
  return outcome.stdout;
}
