import { z } from "zod";
import { environmentNames, hostFactsSchema } from "../../measure/facts.ts";
import { attachmentSchema } from "../../measure/network.ts";
import { connectionSchema } from "../connection.ts";
import { label, name, runId } from "../inputs.ts";

/** How a host that exists shares a network with others. */
export const joiningSchema = z.strictObject({
  name,
  hostName: label,
});

/** What of a host is installed for a workload. */
export const preparationInputsSchema = z.strictObject({
  name,
  runId,
  on: connectionSchema,
  onFacts: hostFactsSchema,
  packages: z.enum(["workload", "workload-cuda", "workload-pytorch-cuda"]).optional(),
  engine: z.boolean().default(false),
  accelerators: z.boolean().default(false),
  /** Filled in by the provider: another lock is another environment. */
  lockDigest: z.string().optional(),
});

/** Inputs of a host's preparation. */
export type PreparationInputs = z.infer<typeof preparationInputsSchema>;

/** A container on a host that exists. */
export const remoteContainerInputsSchema = z.strictObject({
  name,
  runId,
  environment: z.enum(environmentNames),
  on: connectionSchema,
  onFacts: hostFactsSchema,
  onAttachment: attachmentSchema.optional(),
  imageName: z.string().regex(/^[a-z0-9][\w.:/@-]*$/i, "must be the name of an image"),
  cpus: z.number().int().min(1),
  firstCpu: z.number().int().min(0).default(0),
  memoryMiB: z.number().int().min(64, "must be at least 64 MiB").optional(),
  accelerators: z.boolean().default(false),
});

/** Inputs of a container on a host that exists. */
export type RemoteContainerInputs = z.infer<typeof remoteContainerInputsSchema>;
