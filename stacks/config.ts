import { existsSync, readdirSync, statSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import { nearest } from "../measure/nearest.ts";
import { overlayKinds } from "../measure/network.ts";
import { scenarioNames } from "../measure/scenario.ts";
import { frameworkNames, modelNames, pageCacheNames, profileNames, variableUpdateNames } from "../workloads/index.ts";

/** Environments that the target `local` provides. */
export const localEnvironments = ["bare-metal", "vm", "container-on-bare-metal", "container-on-vm"] as const;
/** An environment of the target `local`. */
export type LocalEnvironment = (typeof localEnvironments)[number];

/** Configuration namespace of the project. */
export const configNamespace = "underlay";

/** A whole number within limits; what the limit is for follows it. */
function whole(min: number, max?: number, reason = "") {
  const allowed =
    max === undefined
      ? `must be a whole number of at least ${String(min)}`
      : `must be a whole number from ${String(min)} to ${String(max)}${reason}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, allowed)
    .transform(Number)
    .refine((value) => value >= min && value <= (max ?? Number.MAX_SAFE_INTEGER), allowed);
}

const count = whole(1);
const machineMemoryMiB = Math.floor(totalmem() / 1024 / 1024);
const machineCpus = availableParallelism();
const isFolder = (path: string): boolean => path !== "" && existsSync(path) && statSync(path).isDirectory();
const isShardSet = (path: string): boolean =>
  isFolder(path) && readdirSync(path).some((name) => /^train-\d{5}-of-\d{5}$/.test(name));
const oneOf = <const T extends readonly string[]>(names: T): z.ZodType<T[number]> =>
  z.enum(names, { error: () => `must be one of ${names.join(", ")}` });

const schema = z.strictObject({
  environment: oneOf(["comparison", ...localEnvironments]).default("comparison"),
  target: oneOf(["local"]).default("local"),
  framework: oneOf(frameworkNames).default("tensorflow"),
  model: oneOf(modelNames).default("resnet50"),
  scenario: oneOf(scenarioNames).default("single"),
  variableUpdate: oneOf(variableUpdateNames).default("parameter-server"),
  rateMbitPerSec: whole(1, 100_000).default(1000),
  latencyMs: whole(0, 10_000).default(0),
  overlay: oneOf(overlayKinds).default("vxlan"),
  profile: oneOf(profileNames).default("quick"),
  batchSize: count.optional(),
  rounds: count.optional(),
  blocks: count.optional(),
  steps: count.optional(),
  warmUpSteps: whole(0).optional(),
  seed: whole(0).default(1),
  cpus: whole(1, machineCpus, ", the CPUs of this machine").optional(),
  memoryMiB: whole(512, machineMemoryMiB, ", the memory of this machine").optional(),
  data: z
    .string()
    .refine(isFolder, "must be a folder of JPEG files")
    .transform((path) => resolve(path))
    .optional(),
  imagenet: z
    .string()
    .refine(isShardSet, "must be a folder of TFRecord shards such as train-00000-of-00008")
    .transform((path) => resolve(path))
    .optional(),
  pageCache: oneOf(pageCacheNames).default("warm"),
  photographs: oneOf(["true", "false"])
    .transform((word) => word === "true")
    .default(true),
  recordDirectory: z.string().min(1, "must be a folder").default("out/records"),
});

/** What a refinement of the whole says of one key, once every key is right in itself. */
const incoherent = (key: keyof z.infer<typeof schema>, message: string) => ({
  path: [key],
  message,
  when: ({ issues }: z.core.ParsePayload) => issues.length === 0,
});

/** The same with what only goes together; its keys are those of the schema. */
const coherent = schema.refine(
  ({ framework, scenario, variableUpdate }) =>
    framework !== "pytorch" || scenario !== "distributed" || variableUpdate === "all-reduce",
  incoherent("framework", "must be tensorflow where variableUpdate is parameter-server; pytorch takes all-reduce"),
);

/** What a stack is configured to do. */
export type Settings = z.infer<typeof schema>;

/** Keys of the configuration. */
export const configKeys: readonly string[] = Object.keys(schema.shape);

function explain(issue: z.core.$ZodIssue, values: Readonly<Record<string, string>>): string {
  const is = (key: string): string => `${configNamespace}:${key} is "${values[key] ?? ""}", but`;
  if (issue.code === "unrecognized_keys") {
    return issue.keys
      .map(
        (key) =>
          `${is(key)} there is no such key. Did you mean ${configNamespace}:${nearest(key, configKeys)}? ` +
          `The keys are ${configKeys.join(", ")}.`,
      )
      .join("\n");
  }
  return `${is(String(issue.path[0]))} ${issue.message}.`;
}

/**
 * Reads and checks a stack's configuration, before anything is made.
 *
 * @param all all configuration of the stack, as `namespace:key` and text
 * @throws UnderlayError `config-invalid` naming every key that is wrong, its value and what is allowed
 */
export function readConfig(all: Readonly<Record<string, string>>): Settings {
  const prefix = `${configNamespace}:`;
  const values = Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [])),
  );
  const parsed = coherent.safeParse(values);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => explain(issue, values));
    throw new UnderlayError(
      "config-invalid",
      lines.join("\n"),
      "Change it with `pulumi config set KEY VALUE`, or take it out with `pulumi config rm KEY`.",
    );
  }
  return parsed.data;
}
