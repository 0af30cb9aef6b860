// What set-up tells people: a line per step on standard error, everything in the log file.
import { appendFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

/**
 * Where set-up writes what it does.
 *
 * @typedef {object} Log
 * @property {string} file The log file.
 * @property {(text: string) => void} raw Adds raw text to the log file alone.
 * @property {(line: string) => void} say Tells one line to people and the log file.
 */

const colour = process.stderr.isTTY && process.env["NO_COLOR"] === undefined;

/**
 * @param {number} code An ANSI colour.
 * @param {string} text Anything.
 */
function paint(code, text) {
  return colour ? `\u001B[${code}m${text}\u001B[0m` : text;
}

/** Marks of a step's states. */
export const marks = {
  ok: paint(32, "✓"),
  degraded: paint(33, "!"),
  missing: paint(31, "✗"),
  failed: paint(31, "✗"),
  working: paint(90, "·"),
};

/**
 * Opens the log file; the one of the set-up before is kept as `setup.log.1`.
 *
 * @param {string} file Where.
 * @returns {Log} The log.
 */
export function openLog(file) {
  mkdirSync(path.dirname(file), { recursive: true });
  if (existsSync(file)) {
    renameSync(file, `${file}.1`);
  }
  const started = performance.now();
  const write = (/** @type {string} */ text) => appendFileSync(file, text);
  write(`# underlay set-up, ${new Date().toISOString()}, Node ${process.version}\n`);
  return {
    file,
    raw: write,
    say: (line) => {
      process.stderr.write(`${line}\n`);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      write(`# [${seconds} s] ${stripVTControlCharacters(line)}\n`);
    },
  };
}
