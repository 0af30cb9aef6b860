import type { BuildTold } from "../provider/model-service/service-cache.ts";
import { Interruption } from "./interruption.ts";
import { ProgressLines } from "./progress-lines.ts";

/** What a command that builds tells people, and how it is ended: each step is a line, with the seconds since the start. */
export class ServiceProgress {
  readonly #lines = new ProgressLines();
  readonly #interruption = new Interruption();
  readonly #ended = new AbortController();
  readonly #from = performance.now();

  /** What a build is given. */
  readonly told: BuildTold;

  constructor() {
    this.#interruption.listen();
    process.on("SIGINT", this.#end).on("SIGTERM", this.#end);
    this.told = {
      signal: this.#ended.signal,
      status: (line) => {
        this.line(line);
      },
    };
  }

  /** Whether the user asked for an end. */
  get interrupted(): boolean {
    return this.#interruption.requested;
  }

  /** Waits until the user asks for an end. */
  untilInterrupted(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ended.signal.aborted) resolve();
      this.#ended.signal.addEventListener("abort", () => {
        resolve();
      });
    });
  }

  line(text: string): void {
    const seconds = ((performance.now() - this.#from) / 1000).toFixed(1).padStart(6);
    this.#lines.line(`${seconds} s  ${text}`);
  }

  release(): void {
    this.#interruption.release();
    process.off("SIGINT", this.#end).off("SIGTERM", this.#end);
  }

  readonly #end = (): void => {
    this.#ended.abort();
  };
}
