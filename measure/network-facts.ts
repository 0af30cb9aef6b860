import { z } from "zod";

/** What was measured between two hosts of a network, before the workload ran. */
export const networkFactsSchema = z.strictObject({
  /** Name of the host that sent. */
  from: z.string(),
  /** Name of the host that received. */
  to: z.string(),
  /** What a TCP connection carried, as its receiver saw it, in Mbit/s of payload. */
  throughputMbitPerSec: z.number().positive(),
  /** Median time of a byte there and one back on an open TCP connection without Nagle's algorithm, in ms. */
  roundTripMs: z.number().positive(),
  /** Round trips that the median is taken over. */
  n: z.number().int().positive(),
  /** Largest packet that the way takes, in bytes, as the sender's kernel knows it. */
  mtuBytes: z.number().int().positive(),
  /** Rate that the network was set to, in Mbit/s on the link; null where it was there before and is not known. */
  configuredMbitPerSec: z.number().positive().nullable(),
  /** Delay that the network was set to, one way, in ms; null where it was there before and is not known. */
  configuredLatencyMs: z.number().nonnegative().nullable(),
  /**
   * How the two take part: `vxlan` where either is on the overlay, `host` where either uses its host's link, `cluster`
   * on the network of a cluster's pods.
   */
  overlay: z.enum(["none", "vxlan", "host", "cluster"]),
});

/** What was measured between two hosts of a network. */
export type NetworkFacts = z.infer<typeof networkFactsSchema>;
