import { statSync, writeFileSync } from "node:fs";
import { UnderlayError } from "../measure/error.ts";
import { compareRecords } from "../measure/record-comparison.ts";
import { junitOf } from "../report/junit.ts";
import { recordComparisonText, slowerText } from "../report/record-comparison.ts";
import { isNumber } from "./options.ts";
import { load, type Loaded } from "./results-file.ts";

/** Options of `underlay compare`, as they were typed. */
export interface CompareOptions {
  readonly slowerThan?: string;
  readonly junit?: string;
  readonly json?: boolean;
}

/** A record, or the one that a folder of results rests on. */
function loadPath(path: string): Loaded {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? load(undefined, path) : load(path, "");
}

/** Times slower that is accepted; null where nothing is asked for. */
function factorOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const factor = isNumber(text) ? Number(text) : 0;
  if (factor >= 1) return factor;
  throw new UnderlayError("option-invalid", `--slower-than is "${text}".`, "Give a number from 1 on, such as 1.10.");
}

/**
 * Prints what changed from one record to another.
 *
 * @returns 1 when something is surely slower than is accepted, else 0
 */
export function compare(before: string, after: string, { slowerThan, junit, json }: CompareOptions): number {
  const factor = factorOf(slowerThan);
  const comparison = compareRecords(loadPath(before).lines, loadPath(after).lines);
  const slower = factor === null ? [] : slowerText(comparison, factor);
  process.stdout.write(
    json === true ? `${JSON.stringify({ ...comparison, slower }, null, 2)}\n` : recordComparisonText(comparison),
  );
  if (junit !== undefined) writeFileSync(junit, junitOf(comparison, factor ?? Number.POSITIVE_INFINITY));
  for (const line of slower) {
    process.stderr.write(`${line}\n`);
  }
  return slower.length > 0 ? 1 : 0;
}
