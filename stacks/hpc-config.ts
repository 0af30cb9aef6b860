import { existsSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { count, oneOf, whole } from "./config-values.ts";

const isFolder = (path: string): boolean => path !== "" && existsSync(path) && statSync(path).isDirectory();
const isFile = (path: string): boolean => path !== "" && existsSync(path) && statSync(path).isFile();
const path = (test: (path: string) => boolean, message: string) =>
  z
    .string()
    .refine(test, message)
    .transform((given) => resolve(given));

/** Configuration of a stack that trains by jobs of a queue. */
export const hpcSchema = z.strictObject({
  environment: z.literal("hpc"),
  target: oneOf(["local"]).default("local"),
  request: path(isFile, "must be a file with a request (docs/optimised-training.md)"),
  /** Folder of MNIST's IDX files, or of ImageNet's shards. */
  data: path(isFolder, "must be a folder of MNIST's IDX files or of ImageNet's shards"),
  measurements: path(isFile, "must be a file of measurements").optional(),
  epochs: whole(2).optional(),
  images: count.optional(),
  batchSize: count.optional(),
  rounds: whole(1, 100).default(1),
  cpus: whole(1, availableParallelism(), ", the CPUs of this machine").optional(),
  timeoutSec: whole(1, 2_592_000).default(86_400),
  recordDirectory: z.string().min(1, "must be a folder").default("out/records"),
});

/** What a stack that trains by jobs of a queue is configured to do. */
export type HpcSettings = z.infer<typeof hpcSchema>;
