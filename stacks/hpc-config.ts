import { availableParallelism } from "node:os";
import { z } from "zod";
import { count, isFile, isFolder, oneOf, pathOf, recordDirectory, whole } from "./config-values.ts";

/** Configuration of a stack that trains by jobs of a queue. */
export const hpcSchema = z.strictObject({
  environment: z.literal("hpc"),
  target: oneOf(["local"]).default("local"),
  request: pathOf(isFile, "must be a file with a request (docs/optimised-training.md)"),
  /** Folder of MNIST's IDX files, or of ImageNet's shards. */
  data: pathOf(isFolder, "must be a folder of MNIST's IDX files or of ImageNet's shards"),
  measurements: pathOf(isFile, "must be a file of measurements").optional(),
  epochs: whole(2).optional(),
  images: count.optional(),
  batchSize: count.optional(),
  rounds: whole(1, 100).default(1),
  cpus: whole(1, availableParallelism(), ", the CPUs of this machine").optional(),
  timeoutSec: whole(1, 2_592_000).default(86_400),
  recordDirectory,
});

/** What a stack that trains by jobs of a queue is configured to do. */
export type HpcSettings = z.infer<typeof hpcSchema>;
