import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import type { HostFacts } from "../measure/facts.ts";
import { executeAt } from "./execute.ts";
import { required } from "./machine.ts";
import type { SandboxContext, StandingSandbox } from "./sandbox/kind.ts";

const seenSchema = z.object({
  kernelRelease: z.string(),
  operatingSystem: z.string(),
  cpuModel: z.string(),
  affinity: z.array(z.number()),
  memoryMiB: z.number(),
  accelerators: z.array(z.string()),
});

/** What virtualises this machine itself, as its CPUs and firmware report it. */
function machineVirtualisation(): string {
  const vendor = "/sys/class/dmi/id/sys_vendor";
  const cpu = readFileSync("/proc/cpuinfo", "utf8");
  if (!/^flags.*\bhypervisor\b/m.test(cpu)) {
    return "none";
  }
  return existsSync(vendor) ? readFileSync(vendor, "utf8").trim() : "a hypervisor";
}

/**
 * Facts of a sandbox, as they are seen from inside.
 *
 * @throws UnderlayError `limit-not-held` when the sandbox sees another number of CPUs than it was given
 */
export async function gatherFacts(context: SandboxContext, standing: StandingSandbox): Promise<HostFacts> {
  const { inputs, machine, signal, env } = context;
  const program = readFileSync(fileURLToPath(new URL("./guest/facts.py", import.meta.url)), "utf8");
  const output = await executeAt(standing.connection, ["python3", "-"], {
    input: program,
    timeoutSec: 60,
    signal,
    env,
  });
  const seen = seenSchema.parse(JSON.parse(output));
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
