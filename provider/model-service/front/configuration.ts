import { z } from "zod";

/** What the process of a front is told, as a file. */
export const serviceFrontConfigurationSchema = z.strictObject({
  /** 0 for any that is free. */
  port: z.int().min(0).max(65_535),
  /** Unix socket to be controlled by. */
  control: z.string(),
  /** File that it writes once it listens. */
  state: z.string(),
});

/** What it writes down. */
export const serviceFrontStateSchema = z.strictObject({ url: z.string(), pid: z.number(), startTime: z.string() });

/** What it is told to switch to, on its control socket. */
export const switchSchema = z.strictObject({
  socket: z.string(),
  version: z.string(),
  drainSec: z.number().min(0).max(600),
});
