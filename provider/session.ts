import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { commandLine, type Connection } from "./connection.ts";
import { executeAt, identityVariables, minimalEnvironment } from "./execute.ts";
import { type EventOf, type SessionCommand, type SessionEvent, sessionEventSchema } from "./session-events.ts";

const logLinesKept = 40;
/** Time for the last words of a program that ended to arrive: what it left behind may hold its output open for good. */
const lastWordsMs = 1000;

/** What a session needs to open. */
export interface SessionArgs {
  readonly connection: Connection;
  /** Command of the workload program, as it is called on the host. */
  readonly command: readonly string[];
  readonly runId: string;
  /** Measurement that the session belongs to. */
  readonly owner: string;
  /** Longest time for the answer to one command, in seconds. */
  readonly answerTimeoutSec: number;
}

/** A session that broke: its code, and the last lines that the program logged. */
export class SessionError extends UnderlayError {
  readonly log: readonly string[];

  constructor(code: string, message: string, log: readonly string[]) {
    super(code, message, log.length === 0 ? null : `Last lines of its log:\n    ${log.slice(-8).join("\n    ")}`);
    this.name = "SessionError";
    this.log = log;
  }

  /** The same error, of a program that is one of several. */
  of(role: string): SessionError {
    return new SessionError(this.code, `${role}: ${this.message}`, this.log);
  }
}

/** An answer of a program, with the time it took as the host saw it. */
export interface Answer<E> {
  readonly event: E;
  /** From the command to its answer, in seconds on the host's monotonic clock. */
  readonly hostSeconds: number;
}

const now = (): number => performance.now() / 1000;

/** One started workload process on one environment, which runs blocks on demand. */
export class Session {
  readonly #args: SessionArgs;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #startedAt = now();
  readonly #log: string[] = [];
  readonly #events: { event: SessionEvent; at: number }[] = [];
  readonly #ended: Promise<void>;
  #wake: () => void = () => undefined;
  #broken: SessionError | null = null;
  #pid: number | null = null;
  #exited = false;

  private constructor(args: SessionArgs) {
    this.#args = args;
    const [file = "", ...rest] = commandLine(args.connection, args.command);
    this.#child = spawn(file, rest, {
      detached: true,
      env: { ...minimalEnvironment(), ...identityVariables(args.runId, args.owner) },
    });
    this.#child.stdin.on("error", () => undefined); // A program that died is told of by its exit, not by a broken pipe.
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.#hear(line);
    });
    createInterface({ input: this.#child.stderr }).on("line", (line) => {
      this.#log.push(line);
      this.#log.splice(0, this.#log.length - logLinesKept);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on("error", (cause) => {
        this.#break("session-not-started", `The workload program could not be started: ${cause.message}.`);
        this.#exited = true;
        resolve();
      });
      this.#child.on("exit", () => {
        setTimeout(() => {
          this.#child.stdout.destroy();
          this.#child.stderr.destroy();
        }, lastWordsMs).unref();
      });
      this.#child.on("close", (code, signal) => {
        this.#exited = true;
        this.#break(
          "session-died",
          `The workload program ended (${signal ?? `exit code ${String(code)}`}) before its answer.`,
        );
        resolve();
      });
    });
  }

  /** Starts the program; it has not been told to start its work yet. */
  static open(args: SessionArgs): Session {
    return new Session(args);
  }

  /** Last lines that the program logged. */
  get log(): readonly string[] {
    return this.#log;
  }

  /**
   * Tells the program to get ready.
   *
   * @returns its answer, counted from the start of the process, and the part of it before the first statement
   */
  async start(
    options: Readonly<Record<string, unknown>>,
  ): Promise<Answer<EventOf<"ready">> & { startSeconds: number }> {
    const hello = await this.#next("hello");
    this.#pid = hello.event.pid;
    this.#tell({ command: "start", options });
    const ready = await this.#next("ready");
    return {
      event: ready.event,
      hostSeconds: ready.at - this.#startedAt,
      startSeconds: hello.at - this.#startedAt,
    };
  }

  /** Plays one block. */
  async block(series: string, block: number, steps: number): Promise<Answer<EventOf<"block">>> {
    const from = now();
    this.#tell({ command: "block", series, block, steps });
    const { event, at } = await this.#next("block");
    if (event.series !== series || event.block !== block) {
      throw this.#break(
        "session-garbage",
        `The workload program answered for another block: ${JSON.stringify(event)}.`,
      );
    }
    return { event, hostSeconds: at - from };
  }

  /** Ends the program in order, and waits for its end. */
  async stop(): Promise<Answer<EventOf<"stopped">>> {
    const from = now();
    this.#tell({ command: "stop" });
    const { event } = await this.#next("stopped");
    this.#child.stdin.end();
    await Promise.race([this.#ended, this.#timeout("to end")]);
    return { event, hostSeconds: now() - from };
  }

  /** Ends the program at once, here and inside its environment. Never throws. */
  async kill(): Promise<void> {
    const { connection, runId, owner } = this.#args;
    if (!this.#exited && this.#pid !== null && connection.hops.length > 0) {
      // A client such as `podman exec` or `ssh` may die without its program: that one is ended by its own id.
      const argv = ["sh", "-c", 'kill -9 "$0"', String(this.#pid)];
      await executeAt(connection, argv, { timeoutSec: 10, env: identityVariables(runId, owner) }).catch(
        () => undefined,
      );
    }
    if (!this.#exited && this.#child.pid !== undefined) {
      try {
        process.kill(-this.#child.pid, "SIGKILL");
      } catch {
        // The group ended by itself.
      }
      await this.#ended;
    }
  }

  #tell(command: SessionCommand): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  #hear(line: string): void {
    if (this.#broken !== null) return; // What comes after garbage, in the same breath too, is no answer.
    const at = now();
    try {
      this.#events.push({ event: sessionEventSchema.parse(JSON.parse(line)), at });
    } catch (thrown) {
      this.#break(
        "session-garbage",
        `The workload program printed what is no event: ${line.slice(0, 200)} (${messageOf(thrown).slice(0, 200)}).`,
      );
    }
    this.#wake();
  }

  #break(code: string, message: string): SessionError {
    this.#broken ??= new SessionError(code, message, [...this.#log]);
    this.#wake();
    return this.#broken;
  }

  #timeout(what: string): Promise<never> {
    return new Promise((_resolve, reject) => {
      const limit = this.#args.answerTimeoutSec;
      const timer = setTimeout(() => {
        reject(this.#break("session-timeout", `The workload program took more than ${String(limit)} s ${what}.`));
      }, limit * 1000);
      timer.unref();
      void this.#ended.then(() => {
        clearTimeout(timer);
      });
    });
  }

  async #next<K extends SessionEvent["event"]>(kind: K): Promise<{ event: EventOf<K>; at: number }> {
    const end = now() + this.#args.answerTimeoutSec;
    for (;;) {
      const heard = this.#events.shift();
      if (heard?.event.event === "error") {
        throw new SessionError(heard.event.code, heard.event.message, [...this.#log]);
      }
      if (heard?.event.event === kind) {
        return heard as { event: EventOf<K>; at: number };
      }
      if (heard !== undefined) {
        throw this.#break(
          "session-garbage",
          `The workload program said "${heard.event.event}" when "${kind}" was due.`,
        );
      }
      if (this.#broken !== null) {
        throw this.#broken;
      }
      await this.#wait(end);
      if (now() >= end) {
        throw this.#break(
          "session-timeout",
          `The workload program took more than ${String(this.#args.answerTimeoutSec)} s to say "${kind}".`,
        );
      }
    }
  }

  async #wait(end: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, (end - now()) * 1000));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
