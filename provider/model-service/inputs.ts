import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { z } from "zod";
import { serviceImageSchema } from "../../measure/model-service.ts";

const absolute = z.string().refine(isAbsolute, "must be an absolute path");
const there = absolute.refine((path) => existsSync(path), "must be there");

const imageShape = {
  name: z.string(),
  service: z.string().optional(),
  entry: z.string().optional(),
  make: z.string().optional(),
  trust: z.boolean().default(false),
  batching: z.boolean().default(false),
  batchInputs: z.int().min(2).max(10_000).optional(),
  batchWaitMs: z.number().min(0).max(1000).optional(),
  python: z
    .string()
    .regex(/^3\.\d{1,2}$/, "must be a version such as 3.11")
    .optional(),
  cuda: z.boolean().default(false),
  base: z.enum(["local", "registry"]).default("local"),
  mostModelMiB: z.int().min(1).max(1_048_576).default(4096),
  /** Filled in by the provider: other files make another image. */
  digest: z.string().optional(),
};

/** Inputs of a service's image whose source is there. */
export const serviceImageInputsSchema = z.strictObject({
  ...imageShape,
  source: there,
  programs: there,
  lock: there.optional(),
  sample: there.optional(),
});

/** Inputs of a service's image that was made before; its source may be gone. */
export const serviceImageStateSchema = z.strictObject({
  ...imageShape,
  source: absolute,
  programs: absolute,
  lock: absolute.optional(),
  sample: absolute.optional(),
});

const notOfFunctions = {
  batching: true,
  batchInputs: true,
  batchWaitMs: true,
  python: true,
  cuda: true,
  base: true,
} as const;

/** Inputs of a service as a function, whose source is there. */
export const serviceFunctionInputsSchema = serviceImageInputsSchema.omit(notOfFunctions);

/** Inputs of a service as a function that was made before; its source may be gone. */
export const serviceFunctionStateSchema = serviceImageStateSchema.omit(notOfFunctions);

/** Inputs of a service that runs on this machine. */
export const serviceContainerInputsSchema = z.strictObject({
  name: z.string(),
  runId: z.string(),
  service: serviceImageSchema,
  port: z.int().min(0).max(65_535).default(0),
  cpus: z.number().min(0.1).max(1024).default(1),
  memoryMiB: z.int().min(64).max(16_777_216).default(2048),
  workers: z.int().min(1).max(64).default(1),
  threads: z.int().min(1).max(256).default(4),
});

/** Inputs of an image in a registry. */
export const imagePushInputsSchema = z.strictObject({
  name: z.string(),
  service: serviceImageSchema,
  /** Such as `registry.example.org/team/name:1`. */
  target: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*(?::\d+)?(?:\/[a-z0-9][a-z0-9._-]*)+(?::[\w][\w.-]{0,127})?$/, "must be HOST/NAME:TAG")
    .refine((target) => !target.startsWith("localhost/"), "must name a registry"),
  username: z.string().optional(),
  password: z.string().optional(),
  /** Whether the registry speaks plain HTTP. */
  plain: z.boolean().default(false),
});

/** Inputs of a service's image. */
export type ServiceImageInputs = z.infer<typeof serviceImageInputsSchema>;
/** Inputs of a service that runs on this machine. */
export type ServiceContainerInputs = z.infer<typeof serviceContainerInputsSchema>;
/** Inputs of a service as a function. */
export type ServiceFunctionInputs = z.infer<typeof serviceFunctionInputsSchema>;
/** Inputs of an image in a registry. */
export type ImagePushInputs = z.infer<typeof imagePushInputsSchema>;
