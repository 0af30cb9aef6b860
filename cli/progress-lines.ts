import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import pc from "picocolors";

const quietIntervalMs = 10_000;

const nameOf = (urn: string | undefined): string => urn?.split("::").at(-1) ?? "";

/** Prints what the engine tells while it works: one moving line on a terminal, a line now and then elsewhere. */
export class ProgressLines {
  readonly #terminal = process.stderr.isTTY;
  readonly #failed = new Map<string, string>();
  #lastAt = 0;
  #moving = false;

  /** Errors that the engine reported, by resource. */
  get errors(): readonly string[] {
    return [...this.#failed].map(([name, message]) => (name === "" ? message : `${name}: ${message}`));
  }

  /** Takes one event of the engine. */
  readonly take = (event: EngineEvent): void => {
    const diagnostic = event.diagnosticEvent;
    if (diagnostic !== undefined) {
      const message = diagnostic.message.replaceAll(/<\{%.*?%\}>/g, "").trim();
      // The type of the engine's events leaves out "debug".
      if (message === "" || (diagnostic.severity as string) === "debug") {
        return;
      }
      if (diagnostic.severity === "error") {
        this.#failed.set(nameOf(diagnostic.urn), message);
        this.line(`${pc.red("error")} ${nameOf(diagnostic.urn)}: ${message}`);
      } else if (diagnostic.severity === "warning") {
        this.line(`${pc.yellow("warning")} ${message}`);
      } else if (diagnostic.ephemeral === true) {
        this.status(message);
      } else {
        this.line(message);
      }
    }
    const outputs = event.resOutputsEvent?.metadata;
    if (
      outputs !== undefined &&
      ["create", "delete", "replace"].includes(outputs.op) &&
      outputs.type.startsWith("underlay:index:")
    ) {
      this.line(`${outputs.op}d ${nameOf(outputs.urn)}`);
    }
  };

  /** A line that the next one replaces. */
  status(message: string): void {
    const now = Date.now();
    if (this.#terminal) {
      const width = process.stderr.columns - 1;
      process.stderr.write(`\r\u001b[2K${pc.dim(message.slice(0, width))}`);
      this.#moving = true;
    } else if (now - this.#lastAt >= quietIntervalMs) {
      this.#lastAt = now;
      process.stderr.write(`${message}\n`);
    }
  }

  /** A line that stays. */
  line(message: string): void {
    process.stderr.write(`${this.#moving ? "\r\u001b[2K" : ""}${message}\n`);
    this.#moving = false;
  }
}
