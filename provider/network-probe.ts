import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { type Attachment, reachedAt } from "../measure/network.ts";
import { type NetworkFacts, networkFactsSchema } from "../measure/network-facts.ts";
import type { Connection } from "./connection.ts";
import { executeAt } from "./execute.ts";

/** A host that takes part in a network. */
export interface ProbedHost {
  readonly connection: Connection;
  readonly attachment: Attachment;
}

/** How a network is measured. */
export interface ProbeOptions {
  /** Variables that carry the run's identity. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** How long each host sends, in seconds. @default 1 */
  readonly seconds?: number;
  /** Round trips of which the median is taken. @default 100 */
  readonly roundTrips?: number;
  /** Every host with every other, each pair once, or all of them with the first. @default "all" */
  readonly pairs?: "all" | "with-first";
}

/** Where the receiving end listens: a port that no service is registered for. */
const port = 47_231;
/** Time beside sending: two interpreters start, and find each other. */
const overheadSec = 60;

const receivedSchema = z.object({ throughputMbitPerSec: z.number() });
const sentSchema = z.object({ roundTripMs: z.number(), n: z.number(), mtuBytes: z.number() });

/** The pairs to measure: the later host sends, the earlier one receives. */
export function pairsOf<T>(hosts: readonly T[], pairs: "all" | "with-first"): [from: T, to: T][] {
  return hosts.flatMap((from, index) =>
    hosts.slice(0, pairs === "all" ? index : Math.min(index, 1)).map((to): [T, T] => [from, to]),
  );
}

function overlayBetween(from: Attachment, to: Attachment): NetworkFacts["overlay"] {
  return [from.overlay, to.overlay].find((overlay) => overlay !== "none") ?? "none";
}

async function probePair(from: ProbedHost, to: ProbedHost, options: ProbeOptions): Promise<NetworkFacts> {
  const { env, signal, seconds = 1, roundTrips = 100 } = options;
  const { rateMbitPerSec, latencyMs } = from.attachment;
  const input = readFileSync(fileURLToPath(new URL("./guest/network-probe.py", import.meta.url)), "utf8");
  const failed = new AbortController();
  const end = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const at = async (host: ProbedHost, words: readonly string[]): Promise<unknown> => {
    const timeoutSec = seconds + overheadSec + (roundTrips * 4 * (latencyMs ?? 0)) / 1000;
    try {
      const said = await executeAt(host.connection, ["python3", "-", ...words], {
        input,
        timeoutSec,
        env,
        signal: end,
      });
      return JSON.parse(said);
    } catch (thrown) {
      // The other end would wait for this one.
      failed.abort();
      throw thrown;
    }
  };
  const [received, sent] = await Promise.allSettled([
    at(to, ["receive", String(port), String(seconds)]),
    at(from, ["send", reachedAt(to.attachment), String(port), String(seconds), String(roundTrips)]),
  ]);
  if (received.status === "rejected" || sent.status === "rejected") {
    const reasons = [sent, received].flatMap((end_) => (end_.status === "rejected" ? [messageOf(end_.reason)] : []));
    throw new UnderlayError(
      "network-not-measured",
      `The network between ${from.attachment.hostName} and ${to.attachment.hostName} could not be measured.`,
      reasons.join("\n  "),
    );
  }
  return networkFactsSchema.parse({
    from: from.attachment.hostName,
    to: to.attachment.hostName,
    ...receivedSchema.parse(received.value),
    ...sentSchema.parse(sent.value),
    configuredMbitPerSec: rateMbitPerSec,
    configuredLatencyMs: latencyMs,
    overlay: overlayBetween(from.attachment, to.attachment),
  });
}

/**
 * Measures a network between its hosts, one pair after the other, so that no pair takes from another's share.
 *
 * @throws UnderlayError `network-not-measured` when a pair cannot reach each other
 */
export async function probeNetwork(hosts: readonly ProbedHost[], options: ProbeOptions): Promise<NetworkFacts[]> {
  const facts: NetworkFacts[] = [];
  for (const [from, to] of pairsOf(hosts, options.pairs ?? "all")) {
    facts.push(await probePair(from, to, options));
  }
  return facts;
}
