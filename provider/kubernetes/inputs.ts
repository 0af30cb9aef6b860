import { z } from "zod";
import { label, measurementInputsSchema, measurementStateSchema, runId } from "../inputs.ts";

/** Inputs of the way into a pod. */
export const podAccessInputsSchema = z.strictObject({
  name: label,
  runId,
  environment: z.enum(["container-on-bare-metal", "container-on-vm"]),
  kubeconfig: z.string().min(1, "must be the content of a kubeconfig"),
  context: z.string().min(1).optional(),
  namespace: label,
  /** Who makes the pod: its events tell why there is none. */
  owner: z.strictObject({ kind: z.string().min(1), name: label }),
  selector: z
    .record(z.string(), z.string())
    .refine((labels) => Object.keys(labels).length > 0, "must name at least one label"),
  container: label,
  cpus: z.number().int().min(1),
  memoryMiB: z.number().int().min(64, "must be at least 64 MiB"),
  network: z.strictObject({ name: label, hostName: label, overlay: z.enum(["cluster", "host"]) }).optional(),
  readyTimeoutSec: z.number().int().min(1).max(86_400, "must be at most 86400, which is a day").default(600),
  graceSec: z.number().int().min(0).max(86_400, "must be at most 86400, which is a day").default(30),
});

function queuedSchema(plan: typeof measurementInputsSchema.shape.plan) {
  const { network: _network, readyTimeoutSec: _ready, ...pod } = podAccessInputsSchema.shape;
  return z.strictObject({
    ...pod,
    plan,
    recordDirectory: z.string().min(1),
    /** Longest time from its beginning to its end, waiting included. */
    timeoutSec: z.number().int().min(1).max(604_800, "must be at most 604800, which is a week").default(86_400),
    /** Filled in by the provider: a changed program is another measurement. */
    programDigest: z.string().optional(),
  });
}

/** Inputs of a measurement that a queue carries out, whose program is there. */
export const queuedInputsSchema = queuedSchema(measurementInputsSchema.shape.plan);
/** Inputs of a queued measurement that was made before; its program may have moved since. */
export const queuedStateSchema = queuedSchema(measurementStateSchema.shape.plan);

/** Inputs of a measurement that a queue carries out. */
export type QueuedInputs = z.infer<typeof queuedInputsSchema>;
/** Inputs of the way into a pod. */
export type PodAccessInputs = z.infer<typeof podAccessInputsSchema>;
