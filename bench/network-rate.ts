import { attachmentSchema } from "../measure/network.ts";
import { median } from "../measure/statistics.ts";
import { identityVariables } from "../provider/execute.ts";
import { type ProbedHost, probeNetwork } from "../provider/network-probe.ts";
import type { Bench } from "./bench.ts";
import { withHosts } from "./hosts.ts";

const goal = { least: 0.93, most: 1 };
/** Measurements of each way. */
const times = 5;

/** TCP throughput between hosts of the local network against the rate it is set to; the worse of two pairs counts. */
export const networkRate: Bench = {
  name: "network-rate",
  title: "TCP throughput of the local network ÷ the 1 Gbit/s that it is set to",
  goal: `${String(goal.least)}–${goal.most.toFixed(1)}`,
  unit: "ratio",
  run: (progress) =>
    withHosts(progress, async (place) => {
      const link = await place.network();
      const join = async (kind: "process" | "vm", name: string, address: string): Promise<ProbedHost> => {
        const { connection, attachment } = await place.host(kind, { name, network: { link, hostName: name, address } });
        return { connection, attachment: attachmentSchema.parse(attachment) };
      };
      const receiver = await join("process", "receiver", "198.18.0.1");
      const senders = {
        "process to process": await join("process", "sender", "198.18.0.2"),
        "vm to process": await join("vm", "guest", "198.18.0.3"),
      };
      const ratios: Record<string, number[]> = {};
      const roundTripMs: Record<string, number> = {};
      for (const [way, sender] of Object.entries(senders)) {
        for (let time = 0; time < times; time += 1) {
          const env = identityVariables(place.runId, "probe");
          for (const facts of await probeNetwork([receiver, sender], { env, seconds: 2 })) {
            (ratios[way] ??= []).push(facts.throughputMbitPerSec / (facts.configuredMbitPerSec ?? Number.NaN));
            roundTripMs[way] = facts.roundTripMs;
            progress(
              `${way}: ${facts.throughputMbitPerSec.toFixed(1)} Mbit/s, round trip ${facts.roundTripMs.toFixed(3)} ms`,
            );
          }
        }
      }
      const medians = Object.entries(ratios).map(([way, each]) => ({ way, value: median(each) ?? Number.NaN }));
      const value = Math.min(...medians.map((each) => each.value));
      const pass = medians.every((each) => each.value >= goal.least && each.value <= goal.most);
      return { value, n: times * medians.length, interval: null, pass, detail: { medians, ratios, roundTripMs } };
    }),
};
