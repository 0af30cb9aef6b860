import { distance } from "fastest-levenshtein";
import { existsSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import { modelNames, profileNames } from "../workloads/index.ts";

/** Environments that the target `local` provides. */
export const localEnvironments = ["bare-metal", "vm", "container-on-bare-metal", "container-on-vm"] as const;
/** An environment of the target `local`. */
export type LocalEnvironment = (typeof localEnvironments)[number];

/** Configuration namespace of the project. */
export const configNamespace = "underlay";

const whole = z.coerce.number().int("must be a whole number");
const count = whole.min(1, "must be at least 1");
const machineMemoryMiB = Math.floor(totalmem() / 1024 / 1024);
const oneOf = <const T extends readonly string[]>(names: T): z.ZodType<T[number]> =>
  z.enum(names, { error: () => `must be one of ${names.join(", ")}` });

const schema = z.strictObject({
  environment: oneOf(["comparison", ...localEnvironments]).default("comparison"),
  target: oneOf(["local"]).default("local"),
  model: oneOf(modelNames).default("resnet50"),
  profile: oneOf(profileNames).default("quick"),
  batchSize: count.optional(),
  rounds: count.optional(),
  blocks: count.optional(),
  steps: count.optional(),
  warmUpSteps: whole.min(0, "must be at least 0").optional(),
  seed: whole.min(0, "must be at least 0").default(1),
  cpus: count.optional(),
  memoryMiB: whole
    .min(512, "must be at least 512")
    .max(machineMemoryMiB, `must be at most ${String(machineMemoryMiB)}, the memory of this machine`)
    .optional(),
  data: z
    .string()
    .transform((path) => resolve(path))
    .refine((path) => existsSync(path) && statSync(path).isDirectory(), "must be a folder of JPEG files")
    .optional(),
  photographs: z
    .union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")], "must be true or false")
    .default(true),
  recordDirectory: z.string().min(1).default("out/records"),
});

/** What a stack is configured to do. */
export type Settings = z.infer<typeof schema>;

/** Keys of the configuration. */
export const configKeys: readonly string[] = Object.keys(schema.shape);

function nearest(key: string): string {
  return configKeys.toSorted((a, b) => distance(key, a) - distance(key, b))[0] ?? "";
}

function explain(issue: z.core.$ZodIssue, values: Record<string, unknown>): string {
  if (issue.code === "unrecognized_keys") {
    return issue.keys
      .map((key) => `${configNamespace}:${key} is not a key. Did you mean ${configNamespace}:${nearest(key)}?`)
      .join("\n");
  }
  const key = String(issue.path[0]);
  return `${configNamespace}:${key} is "${String(values[key])}", but ${issue.message}.`;
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
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => explain(issue, values));
    throw new UnderlayError(
      "config-invalid",
      lines.join("\n"),
      "Change it with `pulumi config set KEY VALUE`; README lists all keys.",
    );
  }
  return parsed.data;
}
