import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import type { HostFacts } from "../measure/facts.ts";
import type { Connection } from "./connection.ts";
import { executeAt, type ExecuteOptions } from "./execute.ts";
import { required } from "./machine.ts";
import type { SandboxContext, StandingSandbox } from "./sandbox/kind.ts";

const seenSchema = z.object({
  kernelRelease: z.string(),
  operatingSystem: z.string(),
  cpuModel: z.string(),
  affinity: z.array(z.number()),
  memoryMiB: z.number(),
  accelerators: z.array(z.string()),
  cpuQuota: z.number().nullable(),
  memoryLimitMiB: z.number().nullable(),
  machineVirtualisation: z.string(),
  rootDigest: z.string().nullable(),
});

/** What a host sees of itself. */
export type Seen = z.infer<typeof seenSchema>;

/** What virtualises this machine itself, as its CPUs and firmware report it. */
function machineVirtualisation(): string {
  const vendor = "/sys/class/dmi/id/sys_vendor";
  const cpu = readFileSync("/proc/cpuinfo", "utf8");
  if (!/^flags.*\bhypervisor\b/m.test(cpu)) {
    return "none";
  }
  return existsSync(vendor) ? readFileSync(vendor, "utf8").trim() : "a hypervisor";
}

/** Reads what the program printed that looks around on a host. */
export function parseSeen(text: string): Seen {
  return seenSchema.parse(JSON.parse(text));
}

/** What a program of the standard library alone sees of a host from inside. */
export async function seenFrom(connection: Connection, options: Omit<ExecuteOptions, "timeoutSec">): Promise<Seen> {
  const program = readFileSync(fileURLToPath(new URL("./guest/facts.py", import.meta.url)), "utf8");
  return parseSeen(await executeAt(connection, ["python3", "-"], { ...options, input: program, timeoutSec: 60 }));
}

/**
 * Facts of a sandbox, as they are seen from inside.
 *
 * @throws UnderlayError `limit-not-held` when the sandbox sees another number of CPUs than it was given
 */
export async function gatherFacts(context: SandboxContext, standing: StandingSandbox): Promise<HostFacts> {
  const { inputs, machine, signal, env } = context;
  const seen = await seenFrom(standing.connection, { signal, env });
  if (seen.affinity.length !== inputs.cpus) {
    throw new UnderlayError(
      "limit-not-held",
      `${inputs.name} may use ${String(seen.affinity.length)} CPUs, but was to have ${String(inputs.cpus)}.`,
    );
  }
  return {
    kernelRelease: seen.kernelRelease,
    virtualisation: standing.virtualisation,
    machineVirtualisation: machineVirtualisation(),
    operatingSystem: seen.operatingSystem,
    cpuModel: seen.cpuModel,
    cpus: seen.affinity.length,
    memoryMiB: Math.min(seen.memoryMiB, inputs.memoryMiB),
    accelerators: seen.accelerators,
    containerRuntime: standing.containerRuntime,
    imageDigest: standing.imageDigest,
    rootDigest: required(machine, "root", machine.root).digest,
    limits: {
      cpus: { mechanism: standing.cpuMechanism, value: inputs.cpus },
      memory: { mechanism: standing.memoryMechanism, value: inputs.memoryMiB },
    },
  };
}
