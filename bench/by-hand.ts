import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";

const eventSchema = z.looseObject({ event: z.string() });
/** An event of a program run by hand. */
export type HandEvent = z.infer<typeof eventSchema>;

/** A workload program as someone would run it in a shell: commands typed in, answers read, nothing of underlay. */
export class ByHand {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterableIterator<string>;

  private constructor(argv: readonly string[]) {
    const [file = "", ...rest] = argv;
    this.#child = spawn(file, rest);
    this.#child.stderr.resume();
    this.#lines = createInterface({ input: this.#child.stdout })[
      Symbol.asyncIterator
    ]() as AsyncIterableIterator<string>;
  }

  /** Starts the program and reads its first line. */
  static async start(argv: readonly string[]): Promise<ByHand> {
    const program = new ByHand(argv);
    await program.#answer();
    return program;
  }

  /** Types a command and reads its answer. */
  async ask(command: Readonly<Record<string, unknown>>): Promise<HandEvent> {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    return this.#answer();
  }

  /** Waits for its end. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) {
      await once(this.#child, "close");
    }
  }

  async #answer(): Promise<HandEvent> {
    const next: IteratorResult<string, unknown> = await this.#lines.next();
    return eventSchema.parse(JSON.parse(String(next.value)));
  }
}
