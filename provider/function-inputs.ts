import { existsSync, statSync } from "node:fs";
import { z } from "zod";
import { functionEditions } from "../measure/function-edition.ts";
import { functionPackageSchema } from "../measure/function-package.ts";
import { absolute, folder, machineMemoryMiB, name, runId } from "./inputs.ts";

/** Most instances of a function at the same time: each has a network namespace and two descriptors from the start. */
const mostInstances = 200;

const variableName = /^(?!AWS_|LAMBDA_|UNDERLAY_|_)[A-Za-z][A-Za-z0-9_]*$/;

const shape = {
  name,
  runId,
  package: functionPackageSchema,
  memoryMiB: z.number().int().min(128, "must be at least 128 MiB"),
  timeoutSec: z.number().int().min(1, "must be at least 1 s").max(900, "must be at most 900 s").default(30),
  ephemeralStorageMiB: z
    .number()
    .int()
    .min(512, "must be at least 512 MiB")
    .max(10_240, "must be at most 10240 MiB")
    .default(512),
  maximumInstances: z
    .number()
    .int()
    .min(1, "must be at least 1")
    .max(mostInstances, `must be at most ${String(mostInstances)}`)
    .default(10),
  idleSec: z.number().min(1, "must be at least 1 s").max(3600, "must be at most 3600 s").default(600),
  network: z.boolean().default(false),
  edition: z.enum(["current", "2017"]).default("current"),
  variables: z
    .record(z.string().regex(variableName, "must not be a name that the service keeps to itself"), z.string())
    .default({}),
};

/** Inputs of a function's front that was made before; the machine may have changed since. */
export const functionFrontStateSchema = z.strictObject(shape);

/** Inputs of a function's front that this machine can have. */
export const functionFrontInputsSchema = functionFrontStateSchema.superRefine(({ memoryMiB, edition }, check) => {
  const { maximumMemoryMiB } = functionEditions[edition];
  const most = Math.min(maximumMemoryMiB, machineMemoryMiB);
  if (memoryMiB > most) {
    const whose = most === maximumMemoryMiB ? `of the edition "${edition}"` : "that this machine has";
    const message = `must be at most the ${String(most)} MiB ${whose}`;
    check.addIssue({ code: "custom", path: ["memoryMiB"], message });
  }
});

const packageShape = {
  name,
  model: z.enum(["squeezenet-1.0", "resnet-18", "resnext-50"]),
  seed: z.number().int().min(0).max(4_294_967_295).default(1),
  modelIn: z.enum(["package", "store"]).default("package"),
  /** Filled in by the provider: other programs, libraries or weights make another package. */
  digest: z.string().optional(),
};

const file = absolute.refine((path) => existsSync(path) && statSync(path).isFile(), "must be a file");

/** Inputs of a package whose programs are there. */
export const functionPackageInputsSchema = z.strictObject({
  ...packageShape,
  directory: folder,
  weights: file.optional(),
});

/** Inputs of a package that was made before; its programs may have moved since. */
export const functionPackageStateSchema = z.strictObject({
  ...packageShape,
  directory: absolute,
  weights: absolute.optional(),
});

/** Inputs of a function's front. */
export type FunctionFrontInputs = z.infer<typeof functionFrontInputsSchema>;
/** Inputs of a package. */
export type FunctionPackageInputs = z.infer<typeof functionPackageInputsSchema>;
