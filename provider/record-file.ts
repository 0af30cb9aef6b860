import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RecordLine } from "../measure/record.ts";

/** A record as it grows: each line is on disk before the next block is played. */
export class RecordFile {
  readonly path: string;
  readonly lines: RecordLine[] = [];

  /**
   * Begins a record.
   *
   * @param directory folder of the record, made if it is not there; from the project's folder when relative
   * @param name name of its file, without the ending
   */
  constructor(directory: string, name: string) {
    mkdirSync(resolve(directory), { recursive: true });
    this.path = join(resolve(directory), `${name}.jsonl`);
  }

  /** Adds a line, on disk at once. */
  append(line: RecordLine): void {
    this.lines.push(line);
    appendFileSync(this.path, `${JSON.stringify(line)}\n`);
  }
}

/** SHA-256 of a file in hexadecimal; null when there is no such file. */
export function digestOfFile(path: string): string | null {
  return existsSync(path) ? createHash("sha256").update(readFileSync(path)).digest("hex") : null;
}
