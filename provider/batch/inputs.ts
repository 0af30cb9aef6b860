import { availableParallelism } from "node:os";
import { isAbsolute } from "node:path";
import { z } from "zod";
import { connectionSchema } from "../connection.ts";
import { name, runId } from "../inputs.ts";

const cpus = availableParallelism();

/** Inputs of a Slurm of one's own. */
export const slurmInputsSchema = z.strictObject({
  name,
  runId,
  cpus: z
    .number()
    .int()
    .min(1)
    .max(cpus, `must be at most the ${String(cpus)} CPUs of this machine`)
    .default(cpus),
  memoryMiB: z.number().int().min(64, "must be at least 64 MiB").default(3072),
});

/** Batch systems that jobs can be handed to. */
export const batchSystems = ["slurm", "torque", "pbs"] as const;

/** Inputs of a job. */
export const batchJobInputsSchema = z.strictObject({
  name,
  runId,
  connection: connectionSchema,
  system: z.enum(batchSystems),
  /** What runs, as its batch system reads it. */
  script: z.string().startsWith("#!", "must be a script whose first line begins with #!"),
  /** Where it is handed in: its relative paths begin there. */
  directory: z.string().refine(isAbsolute, "must be an absolute path"),
  waitForEnd: z.boolean().default(true),
  timeoutSec: z.number().positive().max(2_592_000, "must be at most 2592000, which is 30 days").default(86_400),
});

/** Inputs of a job. */
export type BatchJobInputs = z.infer<typeof batchJobInputsSchema>;
