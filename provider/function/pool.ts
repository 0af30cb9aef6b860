import { setTimeout as sleep } from "node:timers/promises";
import type { FrontConfiguration } from "./configuration.ts";
import type { FunctionLog } from "./function-log.ts";
import { Instance, type Outcome, type Place } from "./instance.ts";
import type { Invocation } from "./runtime-api.ts";

/** Longest initialisation, in ms: what takes longer is started again, in the time of the request. */
const initLimitMs = 10_000;

/** A request that an instance took. */
export interface Invoked {
  readonly outcome: Outcome;
  readonly durationMs: number;
  /** From the start of the runtime to its first question; null when the instance was there, or had to start twice. */
  readonly initMs: number | null;
  /** Making of the sandbox; null when the instance was there. */
  readonly sandboxMs: number | null;
  /** Most memory of the instance so far; asked for once the answer is on its way. */
  maxMemoryMiB(): number;
}

/** A request, before it is given to an instance. */
export type Request = Omit<Invocation, "deadlineMs">;

/** The instances of a function: each serves a request at a time, and further ones are started up to a limit. */
export class Pool {
  readonly #configuration: FrontConfiguration;
  readonly #log: FunctionLog;
  readonly #free: Place[];
  readonly #idle: { instance: Instance; timer: NodeJS.Timeout }[] = [];
  readonly #all = new Set<Instance>();
  /** Instances that end after their request. */
  readonly #marked = new WeakSet<Instance>();
  /** Instances that are being removed; their places will be free. */
  readonly #leaving = new Set<Instance>();
  /** Requests that wait for such a place. */
  readonly #waiting: ((place: Place) => void)[] = [];

  constructor(configuration: FrontConfiguration, places: readonly Place[], log: FunctionLog) {
    this.#configuration = configuration;
    this.#log = log;
    this.#free = [...places].reverse();
  }

  /** How many instances wait, and how many work or start. */
  counts(): { idle: number; busy: number } {
    const idle = this.#idle.length;
    return { idle, busy: this.#all.size - idle };
  }

  /**
   * Gives a request to an idle instance, or to a new one.
   *
   * @returns null when there are as many instances as there may be, and all of them work
   */
  async run(request: Request): Promise<Invoked | null> {
    const warm = this.#idle.pop();
    if (warm !== undefined) {
      clearTimeout(warm.timer);
      return this.#invoke(warm.instance, request, performance.now(), null);
    }
    const place = await this.#takePlace();
    return place === null ? null : this.#cold(place, request);
  }

  /** Ends all idle instances, and waits until they are gone; busy ones end after their request. */
  async evict(): Promise<number> {
    const evicted = this.#idle.splice(0);
    this.#all.forEach((instance) => this.#marked.add(instance));
    await Promise.all(
      evicted.map(({ instance, timer }) => {
        clearTimeout(timer);
        return this.#retire(instance);
      }),
    );
    return evicted.length;
  }

  /** Ends all instances at once. */
  async end(): Promise<void> {
    await Promise.all([...this.#all].map((instance) => this.#retire(instance)));
  }

  #takePlace(): Promise<Place | null> {
    const place = this.#free.pop();
    if (place !== undefined || this.#waiting.length >= this.#leaving.size) {
      return Promise.resolve(place ?? null);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #giveBack(place: Place): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#free.push(place);
    } else {
      next(place);
    }
  }

  #start(place: Place): Instance {
    const instance = new Instance(this.#configuration, place, this.#log);
    this.#all.add(instance);
    instance.onEnded = () => {
      this.#leaving.add(instance);
      const at = this.#idle.findIndex((entry) => entry.instance === instance);
      this.#idle.splice(at, at < 0 ? 0 : 1).forEach(({ timer }) => {
        clearTimeout(timer);
      });
    };
    void instance.removed.then(() => {
      this.#all.delete(instance);
      this.#leaving.delete(instance);
      this.#giveBack(place);
    });
    return instance;
  }

  #retire(instance: Instance): Promise<void> {
    this.#leaving.add(instance);
    instance.kill();
    return instance.removed;
  }

  async #cold(place: Place, request: Request): Promise<Invoked | null> {
    const instance = this.#start(place);
    const start = await Promise.race([instance.started, sleep(initLimitMs, "late" as const, { ref: false })]);
    if (start === "late") {
      this.#log.lines(`INIT_REPORT Init Duration: ${String(initLimitMs)}.00 ms\tPhase: init\tStatus: timeout`);
      const next = new Promise<Place>((resolve) => this.#waiting.unshift(resolve));
      void this.#retire(instance);
      return this.#again(await next, request);
    }
    return start.kind === "failed"
      ? failed(instance, { ...start, kind: "error" }, 0)
      : this.#invoke(instance, request, performance.now(), start);
  }

  /** Starts an instance once more whose initialisation took too long, in the time of the request. */
  async #again(place: Place, request: Request): Promise<Invoked | null> {
    const since = performance.now();
    const instance = this.#start(place);
    const limit = sleep(this.#configuration.timeoutSec * 1000, "late" as const, { ref: false });
    const start = await Promise.race([instance.started, limit]);
    if (start === "late") {
      const invoked = failed(instance, { kind: "timeout" }, performance.now() - since);
      void this.#retire(instance);
      return invoked;
    }
    return start.kind === "failed"
      ? failed(instance, { ...start, kind: "error" }, performance.now() - since)
      : this.#invoke(instance, request, since, { ...start, initMs: null });
  }

  async #invoke(
    instance: Instance,
    request: Request,
    since: number,
    start: { sandboxMs: number; initMs: number | null } | null,
  ): Promise<Invoked | null> {
    const leftMs = Math.max(1, this.#configuration.timeoutSec * 1000 - (performance.now() - since));
    const outcome = await instance.invoke({ ...request, deadlineMs: Math.round(Date.now() + leftMs) }, leftMs);
    if (outcome === null) {
      // It ended of the request before: this one never reached it.
      void this.#retire(instance);
      return this.run(request);
    }
    const durationMs = performance.now() - since;
    if (instance.ended || outcome.kind === "timeout" || this.#marked.has(instance)) {
      void this.#retire(instance);
    } else {
      this.#rest(instance);
    }
    const maxMemoryMiB = (): number => instance.peakMemoryMiB();
    return { outcome, durationMs, initMs: start?.initMs ?? null, sandboxMs: start?.sandboxMs ?? null, maxMemoryMiB };
  }

  #rest(instance: Instance): void {
    const idleMs = this.#configuration.idleSec * 1000;
    const timer = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((entry) => entry.timer === timer),
        1,
      );
      void this.#retire(instance);
    }, idleMs).unref();
    this.#idle.push({ instance, timer });
  }
}

function failed(instance: Instance, outcome: Outcome, durationMs: number): Invoked {
  const maxMemoryMiB = (): number => instance.peakMemoryMiB();
  return { outcome, durationMs, initMs: null, sandboxMs: null, maxMemoryMiB };
}
