import { isAbsolute } from "node:path";
import { z } from "zod";

/** A day: nothing that is waited for takes longer. */
const longestSec = 86_400;
const wait = z.number().min(0).max(longestSec);
const ratePerSec = z.number().positive().max(100_000);
const absolute = z.string().refine(isAbsolute, "must be an absolute path");

/** When the requests of a block are sent. */
export const phaseSchema = z.discriminatedUnion("kind", [
  /** One after the other, each on an instance of its own: instances are evicted before it. */
  z.strictObject({ kind: z.literal("cold") }),
  /** One after the other, with a pause in seconds after each answer; the first ones are discarded. */
  z.strictObject({ kind: z.literal("warm"), pauseSec: wait, discarded: z.number().int().nonnegative() }),
  /** Open loop, evenly spaced, at a rate that rises after each second; a step of the block is one such second. */
  z.strictObject({
    kind: z.literal("scale"),
    fromPerSec: z.number().int().positive(),
    byPerSec: z.number().int().nonnegative(),
  }),
  /** Open loop, evenly spaced. */
  z.strictObject({ kind: z.literal("constant"), ratePerSec }),
  /** Open loop, at the times of a Poisson process. */
  z.strictObject({ kind: z.literal("poisson"), ratePerSec, seed: z.number().int().nonnegative() }),
  /** Open loop, at the times of a file: seconds from the start, one number a line, in any order. */
  z.strictObject({ kind: z.literal("replay"), file: absolute, speed: z.number().positive().default(1) }),
]);

/** How the instances of the endpoint are evicted, so that the next request starts one. */
export const evictionSchema = z.discriminatedUnion("by", [
  /** `POST /evict` on a Unix socket, as the endpoint of the machine at hand has it. */
  z.strictObject({ by: z.literal("socket"), path: absolute }),
  /** A command, such as one that changes the function's configuration. */
  z.strictObject({ by: z.literal("command"), argv: z.array(z.string()).min(1) }),
  /** Nothing but time: the target evicts idle instances by itself. */
  z.strictObject({ by: z.literal("wait"), seconds: wait }),
]);

const patienceSec = z.number().min(0).max(3600);

/** Where the service's REPORT lines are read, which tell durations, what is charged, and memory. */
export const reportsSchema = z.discriminatedUnion("from", [
  z.strictObject({ from: z.literal("file"), path: absolute, patienceSec: patienceSec.default(5) }),
  /** A command that prints the log. */
  z.strictObject({
    from: z.literal("command"),
    argv: z.array(z.string()).min(1),
    patienceSec: patienceSec.default(60),
  }),
]);

/** What the program is started with. */
export const optionsSchema = z.looseObject({
  /** Where requests go: `http:` or `https:`. */
  url: z.url({ protocol: /^https?$/ }),
  /** The request itself; a GET without a body unless told. */
  request: z
    .strictObject({
      method: z.enum(["GET", "POST"]),
      headers: z.record(z.string(), z.string()).default({}),
      /** File whose bytes are the body. */
      bodyFile: absolute.optional(),
    })
    .default({ method: "GET", headers: {} }),
  /** Null where nothing can evict: series that need it are refused. */
  eviction: evictionSchema.nullable().default(null),
  /** Null where nobody reads them: what they tell is missing. */
  reports: reportsSchema.nullable().default(null),
  /** Longest time for one answer, in seconds. */
  requestTimeoutSec: z.number().positive().max(longestSec).default(60),
  /** Phases by the name of their series. */
  series: z.record(z.string(), phaseSchema),
});

/** When the requests of a block are sent. */
export type Phase = z.infer<typeof phaseSchema>;
/** How instances are evicted. */
export type Eviction = z.infer<typeof evictionSchema>;
/** Where REPORT lines are read. */
export type Reports = z.infer<typeof reportsSchema>;
/** What the program is started with. */
export type Options = z.infer<typeof optionsSchema>;
