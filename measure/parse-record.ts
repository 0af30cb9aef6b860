import { z } from "zod";
import { UnderlayError } from "./error.ts";
import { recordLineSchema, recordSchemaVersion } from "./record.ts";
import type { RecordLine } from "./record.ts";

/** How a record is read. */
export interface ParseRecordOptions {
  /**
   * Whether a last line that was cut off is left out, as a crash in the middle of writing leaves it. Only a last line
   * without its line feed that is no whole JSON is taken for cut off.
   *
   * @default false
   */
  readonly allowCut?: boolean;
}

/**
 * Reads a record, which is JSON Lines: one JSON object a line, each line ended by a line feed.
 *
 * @param text The whole file.
 * @param options How it is read.
 * @throws UnderlayError with the number of the line, counted from 1: `record-json` when it is no JSON, `record-version`
 *   when it was written in another version of the format, `record-line` when it is not what the format allows, with the
 *   path of each wrong property.
 */
export function parseRecord(text: string, options: ParseRecordOptions = {}): RecordLine[] {
  const lines = text.split("\n");
  // What follows the last line feed: empty, or a line that was not ended.
  const rest = lines.pop() ?? "";
  const parsed = lines.map((line, index) => parseLine(line, index + 1));
  if (rest === "" || (options.allowCut === true && !isJson(rest))) return parsed;
  return [...parsed, parseLine(rest, lines.length + 1)];
}

/**
 * The text of a record: the inverse of `parseRecord`.
 *
 * @param lines What to write; keys come out in their order.
 * @throws UnderlayError `record-line` for a line that the format does not allow, such as one with NaN, which JSON would
 *   turn into null.
 */
export function formatRecord(lines: readonly RecordLine[]): string {
  return lines.map((line, index) => `${JSON.stringify(checkLine(line, index + 1))}\n`).join("");
}

function parseLine(line: string, number: number): RecordLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new UnderlayError(
      "record-json",
      `Line ${number} of the record is no JSON: ${(error as SyntaxError).message}`,
      "A record is written by underlay alone; if a run was killed while writing, its last line may be left out.",
      { cause: error },
    );
  }
  return checkLine(value, number);
}

function checkLine(value: unknown, number: number): RecordLine {
  const version = versionOf(value);
  if (version !== undefined && version !== recordSchemaVersion) {
    throw new UnderlayError(
      "record-version",
      `Line ${number}: the record has schemaVersion ${JSON.stringify(version)}, this underlay reads ${recordSchemaVersion}.`,
      "Read it with the version of underlay that wrote it; the line of type run names it.",
    );
  }
  const result = recordLineSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${z.core.toDotPath(issue.path) || "(line)"}: ${issue.message}`);
  throw new UnderlayError(
    "record-line",
    `Line ${number} of the record is not what its format allows: ${problems.join("; ")}.`,
    "docs/schemas/record-line.schema.json describes the format.",
  );
}

function versionOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "schemaVersion" in value ? value.schemaVersion : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
