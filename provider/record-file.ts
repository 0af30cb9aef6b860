import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RecordLine } from "../measure/record.ts";

/** Makes a file of a record that was not there before; gives its path. */
function newFile(directory: string, name: string): string {
  for (let number = 1; ; number += 1) {
    const path = join(directory, `${name}${number === 1 ? "" : `-${String(number)}`}.jsonl`);
    try {
      writeFileSync(path, "", { flag: "wx" });
      return path;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
    }
  }
}

/** A record as it grows: each line is on disk before the next block is played. */
export class RecordFile {
  readonly path: string;
  readonly lines: RecordLine[] = [];

  /**
   * Begins a record, in a file that was not there: two that begin in one second must not be one.
   *
   * @param directory folder of the record, made if it is not there; from the project's folder when relative
   * @param name name of its file, without the ending; a number follows it where that is taken
   */
  constructor(directory: string, name: string) {
    mkdirSync(resolve(directory), { recursive: true });
    this.path = newFile(resolve(directory), name);
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
