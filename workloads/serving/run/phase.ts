import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { UnderlayError } from "../../../measure/error.ts";
import { arrivalsOf, type OpenPhase } from "./arrivals.ts";
import type { Client, Reply } from "./client.ts";
import { evict } from "./evict.ts";
import type { Eviction, Phase } from "./options.ts";
import { atTimes } from "./pace.ts";

/** One request and what became of it; times are milliseconds of `performance.now()`. */
export interface Outcome extends Reply {
  /** When it was to start: its latency counts from here, also when it went out late. */
  readonly intendedAt: number;
  readonly sentAt: number;
  /** What its answer must say of its start to be kept; null where either will do. */
  readonly wanted: "cold" | "warm" | null;
  /** Whether it only served to bring the endpoint into its state. */
  readonly discarded: boolean;
}

/** Time for the first request of an open-loop phase to be reached in calm, in ms. */
const headStartMs = 20;

/**
 * Plays a phase of requests.
 *
 * @param phase When they are sent.
 * @param steps How many: requests, or seconds of a rising rate.
 * @returns them all, in the order in which they were to start
 * @throws UnderlayError `eviction-missing` for a cold phase where nothing can evict, `eviction-failed`, `trace-invalid`
 */
export async function play(phase: Phase, steps: number, client: Client, eviction: Eviction | null): Promise<Outcome[]> {
  switch (phase.kind) {
    case "cold":
      return cold(steps, client, eviction);
    case "warm":
      return warm(phase, steps, client);
    default:
      return open(phase, steps, client);
  }
}

function ask(client: Client, intendedAt: number, own: Pick<Outcome, "wanted" | "discarded">): Promise<Outcome> {
  return new Promise((resolve) => {
    const sentAt = performance.now();
    client.send((reply) => {
      resolve({ ...reply, ...own, intendedAt, sentAt });
    });
  });
}

async function cold(steps: number, client: Client, eviction: Eviction | null): Promise<Outcome[]> {
  if (eviction === null) {
    throw new UnderlayError(
      "eviction-missing",
      "Cold starts cannot be measured: nothing evicts the endpoint's instances.",
      "Give the endpoint's control socket, a command that evicts, or a time to wait.",
    );
  }
  const outcomes: Outcome[] = [];
  while (outcomes.length < steps) {
    await evict(eviction);
    outcomes.push(await ask(client, performance.now(), { wanted: "cold", discarded: false }));
  }
  return outcomes;
}

async function warm(
  { pauseSec, discarded }: Extract<Phase, { kind: "warm" }>,
  steps: number,
  client: Client,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  while (outcomes.length < discarded + steps) {
    if (outcomes.length > 0) await sleep(pauseSec * 1000);
    const first = outcomes.length < discarded;
    outcomes.push(await ask(client, performance.now(), { wanted: first ? null : "warm", discarded: first }));
  }
  return outcomes;
}

async function open(phase: OpenPhase, steps: number, client: Client): Promise<Outcome[]> {
  const from = performance.now() + headStartMs;
  const times = arrivalsOf(phase, steps).map((at) => from + at * 1000);
  const asked: Promise<Outcome>[] = [];
  await atTimes(times, (index) => {
    asked.push(ask(client, times[index] ?? from, { wanted: null, discarded: false }));
  });
  return Promise.all(asked);
}
