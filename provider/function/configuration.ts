import { z } from "zod";

/** What a front is told by the resource that starts it, as a file. */
export const frontConfigurationSchema = z.strictObject({
  runId: z.string(),
  /** Name of the function, which everything of it carries. */
  name: z.string(),
  /** Folder that it keeps on disk: bundles of its instances, its logs. */
  directory: z.string(),
  /** Unix socket to be controlled by. */
  controlSocket: z.string(),
  /** The shared root, which is every instance's. */
  root: z.string(),
  /** The unpacked package. */
  task: z.string(),
  /** Packages of the runtime interface client. */
  runtimePackages: z.string(),
  /** Module and function, such as `handler.handler`. */
  handler: z.string(),
  /** Variables of the function's own. */
  variables: z.record(z.string(), z.string()),
  memoryMiB: z.number(),
  timeoutSec: z.number(),
  ephemeralStorageMiB: z.number(),
  maximumInstances: z.number().int(),
  /** After so much idle time an instance is ended. */
  idleSec: z.number(),
  /** Whether instances are in the machine's own network. */
  network: z.boolean(),
  edition: z.enum(["current", "2017"]),
});

/** What a front is told by the resource that starts it. */
export type FrontConfiguration = z.infer<typeof frontConfigurationSchema>;

/** A place for one instance, made before the front starts. */
export const slotSchema = z.strictObject({
  /** Listening socket of its runtime API: a descriptor that the front inherits. */
  descriptor: z.number().int(),
  /** Address of that socket, as the instance sees it. */
  address: z.string(),
  /** Path of the network namespace that it listens in; null for the machine's own. */
  namespace: z.string().nullable(),
});

/** A place for one instance. */
export type Slot = z.infer<typeof slotSchema>;

/** What a front writes down once it listens. */
export const frontStateSchema = z.strictObject({ url: z.string(), pid: z.number(), startTime: z.string() });

/** Files of a front, within its folder. */
export const frontFiles = {
  configuration: "configuration.json",
  state: "front.json",
  /** What the front itself has to say. */
  log: "front.log",
  /** What the function prints, and a report of each request. */
  functionLog: "function.log",
} as const;
