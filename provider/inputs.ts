import { existsSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { isAbsolute } from "node:path";
import { z } from "zod";
import { environmentNames, hostFactsSchema } from "../measure/facts.ts";
import { scheduleParametersSchema } from "../measure/record.ts";
import { skippedSchema } from "../measure/results.ts";
import { connectionSchema } from "./connection.ts";
import { runIdPattern } from "./run-directory.ts";

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,47}$/, "must be 1 to 48 lower-case letters, digits and dashes, such as `vm`");
const runId = z.string().regex(runIdPattern, "must be the id of a run, such as `r0123abcde`");
const environment = z.enum(environmentNames);

/** Memory of this machine in MiB. */
export const machineMemoryMiB = Math.floor(totalmem() / 1024 / 1024);

const absolute = z.string().refine(isAbsolute, { error: "must be an absolute path", abort: true });
const folder = absolute.refine((path) => existsSync(path) && statSync(path).isDirectory(), "must be a folder");
const memory = z.number().int().min(64, "must be at least 64 MiB");
/** Longest that a timer can wait is 24.8 days; a week is enough for one answer. */
const longestAnswerSec = 604_800;

/** Inputs of a run, as the engine hands them over. */
export const runInputsSchema = z.strictObject({ project: z.string().min(1), stack: z.string().min(1) });

function sandboxSchema(memoryMiB: z.ZodType<number>, source: z.ZodType<string>) {
  return z
    .strictObject({
      name,
      runId,
      kind: z.enum(["process", "container", "vm"]),
      environment,
      on: connectionSchema.optional(),
      onFacts: hostFactsSchema.optional(),
      cpus: z.number().int().min(1),
      memoryMiB,
      network: z.enum(["none", "host"]).default("none"),
      volumes: z
        .array(
          z.strictObject({
            source,
            target: z.string().regex(/^\/data\/[a-z0-9-]+$/, "must be a folder right below `/data`"),
          }),
        )
        .default([]),
    })
    .refine((inputs) => inputs.on === undefined || inputs.kind === "container", {
      path: ["on"],
      message: "only a container runs on another host",
    });
}

/** Inputs of a sandbox that this machine can have. */
export const sandboxInputsSchema = sandboxSchema(
  memory.max(machineMemoryMiB, `must be at most the ${String(machineMemoryMiB)} MiB that this machine has`),
  folder,
);

/** Inputs of a sandbox that was made before; the machine may have changed since. */
export const sandboxStateSchema = sandboxSchema(memory, absolute);

function measurementSchema(directory: z.ZodType<string>) {
  return z
    .strictObject({
      name,
      runId,
      hosts: z
        .array(z.strictObject({ environment, connection: connectionSchema, facts: hostFactsSchema }))
        .min(1, "must name at least one host"),
      /** Environments that were asked for and cannot be had: the record names them. */
      skipped: z.array(skippedSchema).default([]),
      baseline: environment,
      plan: z.strictObject({
        workload: z.string(),
        profile: z.string(),
        directory,
        command: z.array(z.string()).min(1),
        options: z.record(z.string(), z.unknown()),
        schedule: scheduleParametersSchema,
        answerTimeoutSec: z.number().positive().max(longestAnswerSec, "must be at most 604800, which is a week"),
      }),
      recordDirectory: z.string().min(1),
      /** Filled in by the provider: a changed program is another measurement. */
      programDigest: z.string().optional(),
    })
    .refine(({ hosts, baseline }) => hosts.length === 0 || hosts.some((host) => host.environment === baseline), {
      path: ["baseline"],
      message: "must be the environment of one of the hosts",
    })
    .refine((inputs) => new Set(inputs.hosts.map((host) => host.environment)).size === inputs.hosts.length, {
      path: ["hosts"],
      message: "must not name an environment twice",
    });
}

/** Inputs of a measurement whose program is there. */
export const measurementInputsSchema = measurementSchema(folder);

/** Inputs of a measurement that was made before; its program may have moved since. */
export const measurementStateSchema = measurementSchema(absolute);

/** Inputs of a sandbox. */
export type SandboxInputs = z.infer<typeof sandboxInputsSchema>;
/** Inputs of a measurement. */
export type MeasurementInputs = z.infer<typeof measurementInputsSchema>;
