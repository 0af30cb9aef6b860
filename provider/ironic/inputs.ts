import { z } from "zod";

const macAddress = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/, "must be an Ethernet address, such as `52:54:00:12:34:56`");

const own = z
  .string()
  .regex(/^(?:CUSTOM_[A-Z0-9_]+|[A-Z][A-Z0-9_]*)$/, "must be a trait, such as `CUSTOM_GPU_H100` or `HW_CPU_X86_AVX2`");

/** Inputs of a node's enrolment, as the engine hands them over. */
export const enrolmentInputsSchema = z.strictObject({
  nodeName: z
    .string()
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?$/, "must be a host name, such as `rack1-node4`"),
  driver: z.string().regex(/^[a-z0-9-]+$/, "must be the name of a hardware type, such as `redfish`"),
  bmc: z.strictObject({ address: z.string().min(1), username: z.string().min(1), password: z.string().min(1) }),
  driverInfo: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  interfaces: z.record(z.string().regex(/^[a-z]+$/, "must be such as `deploy` or `network`"), z.string()).default({}),
  properties: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  resourceClass: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,80}$/, "must be 1 to 80 letters, digits, dots, dashes and underscores")
    .optional(),
  traits: z.array(own).default([]),
  ports: z
    .array(
      z.strictObject({
        address: macAddress,
        pxeEnabled: z.boolean().default(true),
        physicalNetwork: z.string().optional(),
      }),
    )
    .min(1, "must name at least one port: a node without any cannot be provisioned"),
  inspect: z.boolean().default(false),
  cleanSteps: z
    .array(
      z.strictObject({ interface: z.string(), step: z.string(), args: z.record(z.string(), z.unknown()).optional() }),
    )
    .default([]),
  scope: z.enum(["system", "project"]).default("system"),
  transitionTimeoutSec: z.number().int().min(1).max(86_400, "must be at most 86400, which is a day").default(3600),
});

/** Inputs of a node's enrolment. */
export type EnrolmentInputs = z.infer<typeof enrolmentInputsSchema>;

/** What the drivers call the address and the account of a BMC. */
const prefixes: Readonly<Record<string, string>> = {
  redfish: "redfish",
  idrac: "redfish",
  ilo: "ilo",
  ilo5: "ilo",
  irmc: "irmc",
};

/** What Ironic is told of a node's BMC: by the driver's own names, and after it what the program says itself. */
export function driverInfoOf({ driver, bmc, driverInfo }: EnrolmentInputs): Record<string, unknown> {
  const prefix = prefixes[driver] ?? "ipmi";
  return {
    [`${prefix}_address`]: bmc.address,
    [`${prefix}_username`]: bmc.username,
    [`${prefix}_password`]: bmc.password,
    ...driverInfo,
  };
}
