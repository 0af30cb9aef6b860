import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../measure/error.ts";
import { cpusOfMemory } from "../../measure/function-edition.ts";
import { limitCpus, membersOfNamed, outOfMemoryKills, peakGroupMemoryMiB } from "../cgroup.ts";
import { execute, identityVariables, minimalEnvironment } from "../execute.ts";
import { identify, isAlive, peakMemoryMiB, type ProcessIdentity } from "../processes.ts";
import { instanceBundle, instanceName } from "./bundle.ts";
import type { FrontConfiguration, Slot } from "./configuration.ts";
import type { FunctionLog } from "./function-log.ts";
import type { Invocation, RuntimeAnswer, RuntimeApi, RuntimeListener } from "./runtime-api.ts";

/** Reading it takes a tenth of a millisecond, which a busy front would feel. */
const memoryIntervalMs = 100;

/** A place for one instance, ready to take one. */
export interface Place {
  readonly index: number;
  readonly slot: Slot;
  readonly api: RuntimeApi;
}

/** Why an instance cannot serve: it did not start, or it ended. */
export interface Failure {
  /** In the service's words, such as `Runtime.OutOfMemory`. */
  readonly errorType: string;
  readonly message: string;
}

/** How an instance started. */
export type Start =
  | { readonly kind: "ready"; readonly sandboxMs: number; readonly initMs: number }
  | ({ readonly kind: "failed" } & Failure);

/** How an invocation ended. */
export type Outcome =
  | { readonly kind: "response"; readonly body: Buffer }
  | { readonly kind: "timeout" }
  | ({ readonly kind: "error" } & Failure);

interface Current {
  readonly requestId: string;
  settle(outcome: Outcome | null): void;
}

/** One instance of a function: a container that serves a request at a time. */
export class Instance implements RuntimeListener {
  readonly place: Place;
  readonly name: string;
  /** Settles when it is ready for its first invocation, or cannot be. */
  readonly started: Promise<Start>;
  /** Settles when it has ended and nothing is left of it. */
  readonly removed: Promise<void>;
  /** Invocations that it was given. */
  invocations = 0;
  /** Called once it has ended, before it is removed. */
  onEnded: () => void = () => undefined;

  readonly #configuration: FrontConfiguration;
  readonly #directory: string;
  readonly #runtime: ChildProcess;
  readonly #startedAt = performance.now();
  #sandboxAt: number | null = null;
  #process: ProcessIdentity | null = null;
  #settleStart: (start: Start) => void = () => undefined;
  #current: Current | null = null;
  /** Its runtime still says farewell to the invocation before. */
  #unsent: Invocation | null = null;
  #peakMiB = 0;
  #peakAt = -Infinity;
  /** Its peak when it ended, or was ended. */
  #lastPeakMiB: number | null = null;
  #initFailure: Failure | null = null;
  #ended = false;
  #readyAt: number | null = null;

  constructor(configuration: FrontConfiguration, place: Place, log: FunctionLog) {
    this.#configuration = configuration;
    this.place = place;
    this.name = instanceName(configuration, place.index);
    this.#directory = join(configuration.directory, "instances", String(place.index));
    this.started = new Promise((resolve) => {
      this.#settleStart = resolve;
    });
    place.api.attach(this);
    mkdirSync(this.#directory, { recursive: true });
    const bundle = instanceBundle(configuration, place.slot, place.index);
    writeFileSync(join(this.#directory, "config.json"), JSON.stringify(bundle));
    this.#runtime = this.#spawn(log);
    this.removed = this.#live();
  }

  /** Whether it has ended, by itself or not. */
  get ended(): boolean {
    return this.#ended;
  }

  ready(): void {
    if (this.#readyAt === null) {
      this.#readyAt = performance.now();
      this.#announce();
    }
    this.#send();
  }

  answered(requestId: string, answer: RuntimeAnswer): void {
    if (this.#current?.requestId === requestId) {
      this.#settle(
        answer.kind === "response"
          ? answer
          : { kind: "error", errorType: answer.errorType, message: answer.body.toString("utf8").slice(0, 4096) },
      );
    }
  }

  initFailed(errorType: string, body: Buffer): void {
    this.#initFailure = { errorType, message: body.toString("utf8").slice(0, 4096) };
  }

  /**
   * Gives it an invocation, as soon as it asks for one; it must not have one already.
   *
   * @param invocation the request
   * @param timeoutMs after which it is ended
   * @returns null when it ended before it asked for this one
   */
  async invoke(invocation: Invocation, timeoutMs: number): Promise<Outcome | null> {
    this.invocations += 1;
    const answer = new Promise<Outcome | null>((settle) => {
      this.#current = { requestId: invocation.requestId, settle };
    });
    this.#unsent = invocation;
    this.#send();
    const timer = setTimeout(() => {
      this.#settle({ kind: "timeout" });
      this.kill();
    }, timeoutMs);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Most memory that its processes had, in MiB: of one that was out of memory, all. It is looked up every 100 ms. */
  peakMemoryMiB(): number {
    const now = performance.now();
    if (this.#lastPeakMiB === null && now - this.#peakAt > memoryIntervalMs) {
      this.#peakMiB = membersOfNamed(this.name).reduce((total, pid) => total + peakMemoryMiB(pid), 0);
      this.#peakAt = now;
    }
    return Math.min(Math.ceil(this.#lastPeakMiB ?? this.#peakMiB), this.#configuration.memoryMiB);
  }

  /** Ends it at once; {@link Instance.removed} says when it is gone. */
  kill(): void {
    this.#lastPeakMiB ??= this.peakMemoryMiB();
    if (this.#process !== null && isAlive(this.#process)) {
      process.kill(this.#process.pid, "SIGKILL");
    } else if (this.#sandboxAt === null) {
      this.#runtime.kill("SIGKILL");
    }
  }

  #spawn(log: FunctionLog): ChildProcess {
    const { runId, name } = this.#configuration;
    const pidFile = join(this.#directory, "pid");
    rmSync(pidFile, { force: true });
    const args = ["run", "--detach", "--bundle", this.#directory, "--pid-file", pidFile, this.name];
    const child = spawn("runc", ["--root", this.#runcRoot(), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...minimalEnvironment(), ...identityVariables(runId, name) },
    });
    const printed = log.printed();
    child.stdout.on("data", printed);
    child.stderr.on("data", printed);
    child.once("error", (error) => {
      this.#initFailure = { errorType: "Sandbox.StartError", message: messageOf(error) };
    });
    child.once("exit", (code) => {
      if (code === 0) {
        this.#entered(pidFile);
      } else {
        this.#initFailure ??= { errorType: "Sandbox.StartError", message: `runc ended with ${String(code)}` };
      }
    });
    return child;
  }

  #runcRoot(): string {
    return join(this.#configuration.directory, "runc");
  }

  #entered(pidFile: string): void {
    this.#process = identify(Number(readFileSync(pidFile, "utf8")));
    this.#sandboxAt = performance.now();
    const { memoryMiB, edition } = this.#configuration;
    limitCpus(this.name, cpusOfMemory(memoryMiB, edition));
    this.#announce();
  }

  #announce(): void {
    if (this.#readyAt !== null && this.#sandboxAt !== null) {
      const sandboxMs = this.#sandboxAt - this.#startedAt;
      this.#settleStart({ kind: "ready", sandboxMs, initMs: Math.max(0, this.#readyAt - this.#sandboxAt) });
    }
  }

  /** Waits for its end, and removes what is left. */
  async #live(): Promise<void> {
    // Its output is closed when the last of its processes has ended; or it closed that itself and goes on.
    await new Promise((resolve) => this.#runtime.once("close", resolve));
    while (this.#process !== null && isAlive(this.#process)) {
      await sleep(20);
    }
    this.#ended = true;
    // Its processes can no longer be asked, their group can.
    this.#lastPeakMiB ??= peakGroupMemoryMiB(this.name);
    const how = this.#howItEnded(this.#current?.requestId ?? "");
    this.#settle(this.#unsent === null ? how : null);
    this.#settleStart({ ...how, kind: "failed" });
    this.onEnded();
    this.place.api.attach(null);
    await this.#remove();
  }

  async #remove(): Promise<void> {
    const command = ["runc", "--root", this.#runcRoot(), "delete", "--force", this.name];
    await execute(command, { timeoutSec: 60 }).catch(() => ""); // It may never have been made.
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #howItEnded(requestId: string): { kind: "error" } & Failure {
    const about = requestId === "" ? "" : `RequestId: ${requestId} Error: `;
    if (outOfMemoryKills(this.name) > 0) {
      this.#lastPeakMiB = this.#configuration.memoryMiB;
      return {
        kind: "error",
        errorType: "Runtime.OutOfMemory",
        message: `${about}Runtime exited with error: signal: killed`,
      };
    }
    return this.#initFailure === null
      ? { kind: "error", errorType: "Runtime.ExitError", message: `${about}Runtime exited without providing a reason` }
      : { kind: "error", ...this.#initFailure };
  }

  #send(): void {
    if (this.#unsent !== null && this.place.api.send(this.#unsent)) {
      this.#unsent = null;
    }
  }

  #settle(outcome: Outcome | null): void {
    this.#current?.settle(outcome);
    this.#current = null;
    this.#unsent = null;
  }
}
