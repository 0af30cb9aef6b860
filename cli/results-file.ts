import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { digestOfFile } from "../provider/record-file.ts";
import { resultsOf } from "../measure/comparison.ts";
import { UnderlayError } from "../measure/error.ts";
import { parseRecord } from "../measure/parse-record.ts";
import type { RecordLine } from "../measure/record.ts";
import { type Results, resultsSchema } from "../measure/results.ts";

/** Where the results of the last start are, below the output folder. */
export const resultsFileName = "results.json";
/** Where the results of a cell of a study are, in its folder. */
export const cellFileName = "cell.json";
/** Folder of records, beside these files. */
export const recordsName = "records";
/** What stands in a cell's file. */
export const cellSchema = z.object({ config: z.record(z.string(), z.string()), results: resultsSchema });

/** Results together with the record that they were derived from. */
export interface Loaded {
  readonly results: Results;
  readonly lines: RecordLine[];
}

/**
 * Results, with the record where it is now: a folder of results can have been moved, with its records in it.
 *
 * @param results what was written when they were measured
 * @param folder the folder that they are read from
 * @returns the same where the record is at its place, or nowhere
 */
export function withRecord(results: Results, folder: string): Results {
  const { path, sha256 } = results.record;
  const places = [path, join(folder, recordsName, basename(path))];
  return { ...results, record: { path: places.find((place) => digestOfFile(place) === sha256) ?? path, sha256 } };
}

function readLines(path: string): RecordLine[] {
  if (!existsSync(path)) {
    throw new UnderlayError(
      "record-not-found",
      `There is no record ${path}.`,
      "Give the path of a record, or run `npm start` first.",
    );
  }
  return parseRecord(readFileSync(path, "utf8"), { allowCut: true });
}

/**
 * Loads a record, or that of the last start.
 *
 * @throws UnderlayError `record-not-found`, `record-changed` when its SHA-256 is not the one in the results
 */
export function load(record: string | undefined, out: string): Loaded {
  if (record !== undefined) {
    const lines = readLines(record);
    return { lines, results: resultsOf(lines, { path: record, sha256: digestOfFile(record) ?? "" }) };
  }
  const path = join(out, resultsFileName);
  if (!existsSync(path)) {
    throw new UnderlayError(
      "results-not-found",
      `There are no results in ${path}.`,
      "Run `npm start` first, or give a record.",
    );
  }
  const results = withRecord(resultsSchema.parse(JSON.parse(readFileSync(path, "utf8"))), out);
  const lines = readLines(results.record.path);
  if (digestOfFile(results.record.path) !== results.record.sha256) {
    throw new UnderlayError(
      "record-changed",
      `${results.record.path} was changed after the results were derived from it.`,
    );
  }
  return { results, lines };
}
