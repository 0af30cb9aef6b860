import { existsSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { isAbsolute } from "node:path";
import { z } from "zod";
import { isDate } from "../measure/date.ts";
import { environmentNames, hostFactsSchema } from "../measure/facts.ts";
import {
  attachmentSchema,
  defaultSubnets,
  ipv4Schema,
  isHostOf,
  networkLinkSchema,
  overlayKinds,
  overlaps,
  subnetSchema,
} from "../measure/network.ts";
import { scheduleParametersSchema } from "../measure/record.ts";
import { skippedSchema } from "../measure/results.ts";
import { connectionSchema } from "./connection.ts";
import { runIdPattern } from "./run-directory.ts";

/** Name of a resource. */
export const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,47}$/, "must be 1 to 48 lower-case letters, digits and dashes, such as `vm`");
/** Id of a run. */
export const runId = z.string().regex(runIdPattern, "must be the id of a run, such as `r0123abcde`");
const environment = z.enum(environmentNames);

/** Memory of this machine in MiB. */
export const machineMemoryMiB = Math.floor(totalmem() / 1024 / 1024);

/** An absolute path. */
export const absolute = z.string().refine(isAbsolute, { error: "must be an absolute path", abort: true });
/** A folder that is there. */
export const folder = absolute.refine((path) => existsSync(path) && statSync(path).isDirectory(), "must be a folder");
const memory = z.number().int().min(64, "must be at least 64 MiB");
/** Longest that a timer can wait is 24.8 days; a week is enough for one answer. */
const longestAnswerSec = 604_800;

/** Inputs of a run, as the engine hands them over. */
export const runInputsSchema = z.strictObject({
  project: z.string().min(1),
  stack: z.string().min(1),
  owner: z.string().min(1).optional(),
  expires: z.string().refine(isDate, "must be a date, such as 2026-12-31").optional(),
});

/** Inputs of a network. */
export const networkInputsSchema = z
  .strictObject({
    name,
    runId,
    rateMbitPerSec: z
      .number()
      .min(1, "must be at least 1 Mbit/s")
      .max(100_000, "must be at most 100000 Mbit/s")
      .default(1000),
    latencyMs: z.number().min(0, "must not be negative").max(10_000, "must be at most 10000 ms").default(0),
    subnet: subnetSchema.default(defaultSubnets.underlay),
    overlaySubnet: subnetSchema.default(defaultSubnets.overlay),
  })
  .refine(({ subnet, overlaySubnet }) => !overlaps(subnet, overlaySubnet), {
    path: ["overlaySubnet"],
    message: "must have no address in common with `subnet`",
  });

/** A label of a host name, by RFC 1123; resources of Kubernetes have such names, too. */
export const label = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    "must be 1 to 63 lower-case letters, digits and dashes, such as `worker-1`",
  );

const joinSchema = z.strictObject({
  link: networkLinkSchema,
  hostName: label.refine((host) => host !== "localhost", "must not be `localhost`, which every host calls itself"),
  address: ipv4Schema.optional(),
  overlay: z.enum(overlayKinds).optional(),
});

const joined = joinSchema.optional();
/** Up to version 0.1.0, a sandbox without a network said so in a word. */
const joinedBefore = z.preprocess((value) => (value === "none" ? undefined : value), joined);

interface Joining {
  readonly name: string;
  readonly kind: "process" | "container" | "vm";
  readonly network?: z.infer<typeof joinSchema> | undefined;
  readonly onAttachment?: z.infer<typeof attachmentSchema> | undefined;
}

type Fault = [path: string[], message: string] | null;

function addressFault(subnet: string, address: string | undefined): Fault {
  return address !== undefined && isHostOf(subnet, address)
    ? null
    : [["network", "address"], `must be an address of a host within ${subnet}`];
}

function containerFault(network: z.infer<typeof joinSchema>, on: Joining["onAttachment"]): Fault {
  const { link, address, overlay } = network;
  if (on?.network !== link.name || on.overlay !== "none") {
    return [["onAttachment"], `must be that of the container's host in the network \`${link.name}\``];
  }
  if (overlay === "host") {
    return address === undefined ? null : [["network", "address"], "must be left out: it is that of the host"];
  }
  return addressFault(link.overlaySubnet, address);
}

/** What is wrong with the way in which a sandbox joins a network, by property; null when nothing is. */
function joinFault({ name: own, kind, network, onAttachment }: Joining): Fault {
  if (network === undefined) {
    return null;
  }
  if (network.link.name === own) {
    return [["network", "link", "name"], "must not be the sandbox's own name"];
  }
  if (kind === "container") {
    return containerFault(network, onAttachment);
  }
  return network.overlay === undefined
    ? addressFault(network.link.subnet, network.address)
    : [["network", "overlay"], "is for containers only"];
}

function sandboxSchema(
  memoryMiB: z.ZodType<number>,
  source: z.ZodType<string>,
  network: typeof joined | typeof joinedBefore,
) {
  return z
    .strictObject({
      name,
      runId,
      kind: z.enum(["process", "container", "vm"]),
      environment,
      on: connectionSchema.optional(),
      onFacts: hostFactsSchema.optional(),
      cpus: z.number().int().min(1),
      firstCpu: z.number().int().min(0).default(0),
      memoryMiB,
      onAttachment: attachmentSchema.optional(),
      network,
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
    })
    .superRefine((inputs, check) => {
      const fault = joinFault(inputs);
      if (fault !== null) {
        check.addIssue({ code: "custom", path: fault[0], message: fault[1] });
      }
    });
}

/** Inputs of a sandbox that this machine can have. */
export const sandboxInputsSchema = sandboxSchema(
  memory.max(machineMemoryMiB, `must be at most the ${String(machineMemoryMiB)} MiB that this machine has`),
  folder,
  joined,
);

/** Inputs of a sandbox that was made before; the machine may have changed since. */
export const sandboxStateSchema = sandboxSchema(memory, absolute, joinedBefore);

const measuredHostShape = {
  connection: connectionSchema,
  facts: hostFactsSchema,
  attachment: attachmentSchema.optional(),
};

const companionPlanSchema = z.strictObject({
  role: z.string().min(1),
  options: z.record(z.string(), z.unknown()).default({}),
  during: z.discriminatedUnion("plays", [
    z.strictObject({ plays: z.literal("together") }),
    z.strictObject({ plays: z.literal("nothing") }),
    z.strictObject({
      plays: z.literal("alongside"),
      series: z.string(),
      beside: z.array(z.string()).min(1).readonly(),
    }),
  ]),
});

function measurementSchema(directory: z.ZodType<string>) {
  return z
    .strictObject({
      name,
      runId,
      hosts: z
        .array(
          z.strictObject({
            environment,
            ...measuredHostShape,
            companions: z.array(z.strictObject(measuredHostShape)).default([]),
          }),
        )
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
        role: z.string().default("leader"),
        companions: z.array(companionPlanSchema).default([]),
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
    .refine(({ hosts, plan }) => hosts.every(({ companions }) => companions.length === plan.companions.length), {
      path: ["hosts"],
      message: "must each have as many companions as the plan",
    })
    .refine(
      ({ plan }) => new Set([plan.role, ...plan.companions.map(({ role }) => role)]).size > plan.companions.length,
      {
        path: ["plan", "companions"],
        message: "must not name a role twice",
      },
    )
    .refine((inputs) => new Set(inputs.hosts.map((host) => host.environment)).size === inputs.hosts.length, {
      path: ["hosts"],
      message: "must not name an environment twice",
    });
}

/** Inputs of a measurement whose program is there. */
export const measurementInputsSchema = measurementSchema(folder);

/** Inputs of a measurement that was made before; its program may have moved since. */
export const measurementStateSchema = measurementSchema(absolute);

/** Inputs of a network. */
export type NetworkInputs = z.infer<typeof networkInputsSchema>;
/** Inputs of a sandbox. */
export type SandboxInputs = z.infer<typeof sandboxInputsSchema>;
/** Inputs of a measurement. */
export type MeasurementInputs = z.infer<typeof measurementInputsSchema>;
/** What a companion does while the host that leads plays a block. */
export type CompanionPart = z.infer<typeof companionPlanSchema>["during"];
