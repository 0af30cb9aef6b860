const repeatMs = 2000;

/**
 * Ctrl-C, as the main job takes it: what runs is ended in order, then torn down. On a terminal the engine hears the
 * first one by itself, and a second one would make it drop everything; elsewhere it is told through `signal`. npm
 * hands the same press on once more, so presses close together are one.
 */
export class Interruption {
  readonly #told = new AbortController();
  #since: number | null = null;

  /** Ends the engine's operation under way. */
  readonly signal: AbortSignal = this.#told.signal;

  /** Whether the user asked for an end. */
  get requested(): boolean {
    return this.#since !== null;
  }

  /** Listens from now on. */
  listen(): void {
    process.on("SIGINT", this.#take).on("SIGTERM", this.#take);
  }

  /** Listens no more. */
  release(): void {
    process.off("SIGINT", this.#take).off("SIGTERM", this.#take);
  }

  readonly #take = (): void => {
    const first = this.#since === null;
    if (first) {
      process.stderr.write("\ninterrupted: ending what runs, then tearing down\n");
    }
    if (!process.stdin.isTTY || (this.#since !== null && Date.now() - this.#since > repeatMs)) {
      this.#told.abort();
    }
    this.#since ??= Date.now();
  };
}
