import { createWriteStream, type WriteStream } from "node:fs";

/** Most that one instance may print, in bytes: a function must not fill the disk. */
const printedLimitBytes = 4 * 1024 * 1024;

/** The log of a function: what it prints, and a few lines about each request. */
export class FunctionLog {
  readonly #stream: WriteStream;

  constructor(file: string) {
    this.#stream = createWriteStream(file, { flags: "a", mode: 0o600 });
  }

  /** Notes lines down, a moment later: the disk must not keep the next request waiting. */
  lines(...lines: readonly string[]): void {
    this.#stream.write(`${lines.join("\n")}\n`);
  }

  /** Takes what an instance prints. */
  printed(): (chunk: Buffer) => void {
    let left = printedLimitBytes;
    return (chunk) => {
      if (left > 0) {
        this.#stream.write(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) {
          this.lines(
            "",
            `LIMIT The instance printed more than ${String(printedLimitBytes)} bytes: the rest is dropped.`,
          );
        }
      }
    };
  }
}
