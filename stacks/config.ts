import { availableParallelism, totalmem } from "node:os";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import { nearest } from "../measure/nearest.ts";
import { overlayKinds } from "../measure/network.ts";
import { scenarioNames } from "../measure/scenario.ts";
import { count, isFile, isFolder, isPath, isShardSet, oneOf, pathOf, recordDirectory, whole } from "./config-values.ts";
import { type HpcSettings, hpcSchema } from "./hpc-config.ts";
import { type Incoherence, remoteIncoherences, remoteKeys } from "./remote-config.ts";
import {
  servingEnvironment,
  servingKeys,
  type ServingSettings,
  servingSchema,
  servingShape,
} from "./serving-config.ts";
import { frameworkNames, modelNames, pageCacheNames, profileNames, variableUpdateNames } from "../workloads/index.ts";

/** Environments that the target `local` provides. */
export const localEnvironments = ["bare-metal", "vm", "container-on-bare-metal", "container-on-vm"] as const;
/** An environment of the target `local`. */
export type LocalEnvironment = (typeof localEnvironments)[number];

/** Configuration namespace of the project. */
export const configNamespace = "underlay";

const machineMemoryMiB = Math.floor(totalmem() / 1024 / 1024);
const machineCpus = availableParallelism();
/** Who can provide environments. */
const targets = ["local", "kubernetes", "ssh", "openstack"] as const;

/** What a host may ask for at most: on the machine at hand what it has, elsewhere it is not known here. */
interface Limits {
  readonly cpus?: number;
  readonly memoryMiB?: number;
}

const schemaWithin = ({ cpus, memoryMiB }: Limits) =>
  z.strictObject({
    environment: oneOf(["comparison", ...localEnvironments]).default("comparison"),
    target: oneOf(targets).default("local"),
    kubeconfig: pathOf(isFile, "must be a file").optional(),
    image: z.string().min(1, "must name an image").optional(),
    operator: pathOf(isFolder, "must be a folder with the training operator's kustomization").optional(),
    gpus: whole(0, 16).default(0),
    ...remoteKeys,
    framework: oneOf(frameworkNames).default("tensorflow"),
    model: oneOf(modelNames).default("resnet50"),
    scenario: oneOf(scenarioNames).default("single"),
    variableUpdate: oneOf(variableUpdateNames).default("parameter-server"),
    workers: whole(2, 64).default(2),
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
    cpus: whole(1, cpus, ", the CPUs of this machine").optional(),
    memoryMiB: whole(512, memoryMiB, ", the memory of this machine").optional(),
    data: pathOf(isFolder, "must be a folder of JPEG files").optional(),
    imagenet: pathOf(isShardSet, "must be a folder of TFRecord shards such as train-00000-of-00008").optional(),
    pageCache: oneOf(pageCacheNames).default("warm"),
    photographs: oneOf(["true", "false"])
      .transform((word) => word === "true")
      .default(true),
    recordDirectory,
  });

const elsewhere = schemaWithin({});
const schema = schemaWithin({ cpus: machineCpus, memoryMiB: machineMemoryMiB });

/** What a refinement of the whole says of one key, once every key is right in itself. */
const incoherent = (key: keyof z.infer<typeof schema>, message: string) => ({
  path: [key],
  message,
  when: ({ issues }: z.core.ParsePayload) => issues.length === 0,
});

const isElsewhere = ({ target }: { readonly target: string }): boolean => target !== "local";

const incoherences: readonly Incoherence<z.infer<typeof schema>>[] = [
  {
    key: "framework",
    holds: ({ framework, scenario, variableUpdate }) =>
      framework !== "pytorch" || scenario !== "distributed" || variableUpdate === "all-reduce",
    message: "must be tensorflow where variableUpdate is parameter-server; pytorch takes all-reduce",
  },
  {
    key: "environment",
    holds: ({ target, environment }) =>
      target !== "kubernetes" || environment === "container-on-bare-metal" || environment === "container-on-vm",
    message:
      "must be container-on-bare-metal or container-on-vm, by what the cluster's nodes are, where target is kubernetes",
  },
  {
    key: "kubeconfig",
    holds: ({ target, kubeconfig }) => target !== "kubernetes" || kubeconfig !== undefined,
    message: "must be the file of a kubeconfig where target is kubernetes",
  },
  {
    key: "image",
    holds: ({ target, image }) => target !== "kubernetes" || image !== undefined,
    message: "must be the image of the shared root, as the cluster pulls it, where target is kubernetes",
  },
  {
    key: "target",
    holds: (settings) => !isElsewhere(settings) || (settings.data === undefined && settings.imagenet === undefined),
    message: "must be local where data or imagenet is set: these are folders of this machine",
  },
  ...remoteIncoherences,
];

/** The same with what only goes together; its keys are those of the schema. */
const coherent = (keys: typeof schema): typeof schema =>
  incoherences.reduce((so, { key, holds, message }) => so.refine(holds, incoherent(key, message)), keys);

/** What a stack that trains is configured to do. */
export type Settings = z.infer<typeof schema>;

/** Keys of the configuration of a stack that trains. */
export const configKeys: readonly string[] = Object.keys(schema.shape);

/** Keys of every stack's configuration that name a file or a folder. */
export const pathKeys: ReadonlySet<string> = new Set(
  [schema.shape, servingShape, hpcSchema.shape].flatMap((shape: Readonly<Record<string, z.ZodType>>) =>
    Object.entries(shape).flatMap(([key, value]) => (isPath(value) ? [key] : [])),
  ),
);

function explain(issue: z.core.$ZodIssue, values: Readonly<Record<string, string>>, keys: readonly string[]): string {
  const is = (key: string): string => `${configNamespace}:${key} is "${values[key] ?? ""}", but`;
  if (issue.code === "unrecognized_keys") {
    return issue.keys
      .map(
        (key) =>
          `${is(key)} there is no such key. Did you mean ${configNamespace}:${nearest(key, keys)}? ` +
          `The keys are ${keys.join(", ")}.`,
      )
      .join("\n");
  }
  return `${is(String(issue.path[0]))} ${issue.message}.`;
}

function valuesOf(all: Readonly<Record<string, string>>): Record<string, string> {
  const prefix = `${configNamespace}:`;
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [])),
  );
}

function checked<T>(schema: z.ZodType<T>, values: Record<string, string>, keys: readonly string[]): T {
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => explain(issue, values, keys));
    throw new UnderlayError(
      "config-invalid",
      lines.join("\n"),
      "Change it with `pulumi config set KEY VALUE`, or take it out with `pulumi config rm KEY`.",
    );
  }
  return parsed.data;
}

/**
 * Reads and checks the configuration of a stack that trains, before anything is made.
 *
 * @param all all configuration of the stack, as `namespace:key` and text
 * @throws UnderlayError `config-invalid` naming every key that is wrong, its value and what is allowed
 */
export function readConfig(all: Readonly<Record<string, string>>): Settings {
  const given = valuesOf(all);
  // What is the only way of a framework need not be asked for.
  const only: Record<string, string> = given["framework"] === "pytorch" ? { variableUpdate: "all-reduce" } : {};
  const values = { ...only, ...given };
  const isLocal = (values["target"] ?? "local") === "local";
  return checked(coherent(isLocal ? schema : elsewhere), values, configKeys);
}

/**
 * Reads and checks the configuration of a stack that serves predictions.
 *
 * @param all all configuration of the stack, as `namespace:key` and text
 * @returns null when the stack is of another environment
 * @throws UnderlayError `config-invalid` as `readConfig` does
 */
export function readServingConfig(all: Readonly<Record<string, string>>): ServingSettings | null {
  const values = valuesOf(all);
  const serves = values["environment"] === servingEnvironment;
  return serves ? checked(servingSchema(values["target"]), values, servingKeys) : null;
}

/**
 * Reads and checks the configuration of a stack that trains by jobs of a queue.
 *
 * @param all all configuration of the stack, as `namespace:key` and text
 * @returns null when the stack is of another environment
 * @throws UnderlayError `config-invalid` as `readConfig` does
 */
export function readHpcConfig(all: Readonly<Record<string, string>>): HpcSettings | null {
  const values = valuesOf(all);
  const queues = values["environment"] === hpcSchema.shape.environment.value;
  return queues ? checked(hpcSchema, values, Object.keys(hpcSchema.shape)) : null;
}
