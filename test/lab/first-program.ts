// What the first program of every lab does, inside of its places: it starts the services, waits until they work, and stays
// as long as they all do.
import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../measure/error.ts";
import { writeStatus } from "./status.ts";

/** One process of a lab. */
export interface Service {
  readonly name: string;
  readonly argv: readonly string[];
  /** Variables besides those that all have. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Longest time until one thing is there, in seconds. */
const patience = 240;

/** The services of a lab, as its first program sees them. */
export class Services {
  readonly #state: string;
  readonly #environment: Readonly<Record<string, string>>;
  /** What ended by itself, and how: the lab is no lab without it. */
  readonly #endings: string[] = [];

  /**
   * Services that are none yet.
   *
   * @param state the lab's state folder, as it is seen inside
   * @param environment variables that all of them have, and no others
   */
  constructor(state: string, environment: Readonly<Record<string, string>>) {
    this.#state = state;
    this.#environment = environment;
  }

  /** File of what a service prints. */
  logOf(name: string): string {
    return join(this.#state, "log", `${name}.out`);
  }

  /** Tells how far the lab is. */
  say(text: string): void {
    writeStatus(this.#state, { phase: "starting", text });
  }

  /** Starts one. */
  start({ name, argv, env = {} }: Service): void {
    const [file = "", ...args] = argv;
    const log = openSync(this.logOf(name), "a");
    const child = spawn(file, args, {
      env: { ...this.#environment, ...env, UNDERLAY_LAB: name },
      stdio: ["ignore", log, log],
    });
    child.on("error", ({ message }) => this.#endings.push(`${name} ${message}`));
    child.on("exit", (code, signal) => this.#endings.push(`${name} ended with ${String(code ?? signal)}`));
  }

  /**
   * Waits until something holds; what throws does not hold yet.
   *
   * @throws Error when a service ends meanwhile, or after four minutes.
   */
  async until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    const end = Date.now() + patience * 1000;
    while (
      !(await Promise.resolve()
        .then(holds)
        .catch(() => false))
    ) {
      if (this.#endings.length > 0) {
        throw new Error(`${this.#endings.join(", ")} while the lab waited for ${what}`);
      }
      if (Date.now() > end) {
        throw new Error(`gave up waiting for ${what} after ${String(patience)} s`);
      }
      await sleep(200);
    }
  }

  /** Brings the lab up, says that it is ready, and stays until a service ends: then the lab has failed. */
  async run(boot: () => Promise<unknown>, ready: string): Promise<never> {
    try {
      await boot();
      writeStatus(this.#state, { phase: "ready", text: ready });
      while (this.#endings.length === 0) {
        await sleep(500);
      }
      throw new Error(`${this.#endings.join(", ")} after the lab had started`);
    } catch (thrown) {
      writeStatus(this.#state, { phase: "failed", text: messageOf(thrown) });
      process.exit(1);
    }
  }
}
