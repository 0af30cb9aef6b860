import type { EndpointFacts } from "../../measure/endpoint.ts";
import type { HostFacts } from "../../measure/facts.ts";

/** What stands where a provider does not tell. */
const untold = "not told";

/**
 * A function's facts in the words of hosts, so that its record reads as any other. What a provider does not tell is said
 * so; a share of a CPU counts as one that work may be on, with the share as its limit.
 */
export function hostFactsOf(facts: EndpointFacts): HostFacts {
  const { target, memoryMiB, cpus, runtime, packageSha256, architecture } = facts;
  const mechanism = target === "aws" ? "AWS Lambda" : "control group";
  return {
    kernelRelease: untold,
    virtualisation: target === "aws" ? "AWS Lambda" : "function",
    machineVirtualisation: untold,
    operatingSystem: runtime,
    cpuModel: architecture,
    cpus: Math.max(1, Math.ceil(cpus ?? 1)),
    memoryMiB,
    accelerators: [],
    containerRuntime: null,
    imageDigest: null,
    rootDigest: `sha256:${packageSha256}`,
    limits: { cpus: { mechanism, value: cpus ?? 0 }, memory: { mechanism, value: memoryMiB } },
  };
}
