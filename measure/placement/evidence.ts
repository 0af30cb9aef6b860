import type { ServiceMeasurement } from "../../catalogue/services/measured.ts";
import type { ServiceTimes } from "./queue.ts";

/** What is known about serving a model, wherever it was found. */
export interface ServingEvidence {
  readonly kind: "container" | "function";
  /** When and where it was measured, in words. */
  readonly told: string;
  readonly cpuModel: string | null;
  /** CPUs of the machine that it was measured on; null where that is a cloud's. */
  readonly machineCpus: number | null;
  readonly machineMemoryMiB: number | null;
  readonly cpus: number | null;
  readonly memoryMiB: number;
  readonly architecture: "x86_64" | "arm64" | null;
  readonly times: ServiceTimes | null;
  /** Answers in a second, at the most that was tried; null where nobody tried. */
  readonly perSecond: number | null;
  /** What a thousand predictions are charged for as a function, in the price book's currency; null where it is not known. */
  readonly costPerThousand: number | null;
  /** Whether the service itself was measured, or its stand-in on another machine. */
  readonly inPlace: boolean;
}

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);

function architectureOf(cpuModel: string): "x86_64" | "arm64" | null {
  if (/\b(?:Intel|AMD|Xeon|EPYC|Ryzen)\b/i.test(cpuModel)) return "x86_64";
  return /\b(?:Graviton|Neoverse|Ampere|ARM)\b/i.test(cpuModel) ? "arm64" : null;
}

/** What a measurement of a built service says, without its price. */
export function evidenceOf(measurement: ServiceMeasurement): ServingEvidence {
  const { at, environment, cpus, memoryMiB, machine, latencyMs, requestsPerSec } = measurement;
  const times =
    latencyMs === null ? null : { p50: latencyMs.p50 / 1000, p95: seconds(latencyMs.p95), p99: seconds(latencyMs.p99) };
  const n =
    latencyMs === null ? "without latency" : `n = ${String(latencyMs.n)}, ${String(latencyMs.concurrency)} at a time`;
  return {
    kind: environment === "function" ? "function" : "container",
    told: `${at.slice(0, 10)}, ${environment}, ${String(cpus)} CPUs and ${String(memoryMiB)} MiB of ${machine.cpuModel} (${n})`,
    ...{ cpuModel: machine.cpuModel, machineCpus: machine.cpus, machineMemoryMiB: machine.memoryMiB, cpus, memoryMiB },
    ...{ architecture: architectureOf(machine.cpuModel), times, perSecond: requestsPerSec },
    ...{ costPerThousand: null, inPlace: environment !== "function" },
  };
}

/**
 * An upper bound of the mean of response times, in seconds, by their percentiles; it leaves out by how much the slowest of
 * a hundred exceeds p99.
 */
export function meanBound({ p50, p95, p99 }: ServiceTimes): number | null {
  if (p95 === null || p99 === null) return null;
  return 0.5 * p50 + 0.45 * p95 + 0.05 * p99;
}
