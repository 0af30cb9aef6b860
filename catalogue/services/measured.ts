import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { percentileNeeds } from "../../measure/statistics.ts";
import { readMeasurementsIn, writeMeasurementsTo } from "../measurements-file.ts";

/** Version of the format of what was measured of services. */
export const serviceMeasurementsVersion = 1;

/** Where a service was measured: `process` is its program without a container, `function` is AWS Lambda's way. */
export const serviceEnvironments = ["process", "container", "function", "kubernetes"] as const;

const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hexadecimal digits");
const duration = z.number().positive().nullable();

/** Response times of single requests in ms; a percentile that so few requests cannot carry is null. */
const latencySchema = z
  .strictObject({
    p50: z.number().positive(),
    p95: duration,
    p99: duration,
    /** Requests that it stands on, all of which were answered. */
    n: z.int().positive(),
    /** Requests that were under way at the same time. */
    concurrency: z.int().positive(),
  })
  .superRefine(({ p95, p99, n }, check) => {
    for (const [name, value, p] of [["p95", p95, 0.95] as const, ["p99", p99, 0.99] as const]) {
      if (value !== null && n < percentileNeeds(p)) {
        const message = `${name} needs at least ${String(percentileNeeds(p))} requests, there are ${String(n)}`;
        check.addIssue({ code: "custom", path: [name], message });
      }
    }
  });

/** What one built service was measured to be. What was not measured is null. */
export const serviceMeasurementSchema = z.strictObject({
  /** When it was measured, in UTC: `2026-11-28T15:04:05Z`. */
  at: z.iso.datetime(),
  /** Name of the service. */
  service: z.string().min(1),
  /** Content digest of the model's source, its model files among it. */
  source: sha256,
  /** Digest of the lock's text. */
  lock: sha256,
  /** What the lock has. */
  packages: z.array(z.strictObject({ name: z.string().min(1), version: z.string().min(1) })),
  /** Such as `3.11`. */
  python: z.string().regex(/^3\.\d+$/),
  /** The distribution that runs the model, such as `keras` or `onnxruntime`. */
  framework: z.string().min(1),
  /** As detection names it, such as `keras-archive` or `onnx`. */
  modelFormat: z.string().min(1),
  /** Size of all model files, in bytes. */
  modelBytes: z.int().nonnegative().nullable(),
  /** Digest of the image's manifest, or of the function's package. */
  image: sha256.nullable(),
  /** Size of the image's layers as they lie unpacked, in bytes; of a function, that of its unpacked package. */
  imageBytes: z.int().positive().nullable(),
  /** From a lock to the image, in seconds. */
  buildSec: duration,
  /** From the start of the container, or of the instance, to the first answer of `/readyz`, in seconds. */
  coldStartSec: duration,
  latencyMs: latencySchema.nullable(),
  /** Answered requests per second at the most that was tried. */
  requestsPerSec: duration,
  /** CPUs that it might use, as a share of time. */
  cpus: z.number().positive(),
  /** Memory that it might use, in MiB. */
  memoryMiB: z.number().positive(),
  /** Most memory that it was seen to use, in MiB. */
  peakMemoryMiB: duration.default(null),
  environment: z.enum(serviceEnvironments),
  /** What it ran on. */
  machine: z.strictObject({
    cpuModel: z.string(),
    cpus: z.int().positive(),
    memoryMiB: z.number().positive(),
    kernelRelease: z.string(),
    /** Such as `podman 4.3.1 with runc`; null without one. */
    containerRuntime: z.string().nullable(),
  }),
});

/** A file of what was measured of services. */
export const serviceMeasurementsSchema = z.strictObject({
  schemaVersion: z.literal(serviceMeasurementsVersion),
  measurements: z.array(serviceMeasurementSchema),
});

/** What one built service was measured to be. */
export type ServiceMeasurement = z.infer<typeof serviceMeasurementSchema>;

/**
 * The file of what a user measured of services.
 *
 * @param state the folder of what a user keeps
 */
export function serviceMeasurementsFile(state: string): string {
  return join(state, "measurements", "services.json");
}

/**
 * Reads a file of measurements of services, the newest first; none when there is no such file.
 *
 * @throws UnderlayError `measurements-invalid` when it is no such file
 */
export function readServiceMeasurements(file: string): readonly ServiceMeasurement[] {
  return readMeasurementsIn(file, serviceMeasurementsSchema);
}

/** All measurements of several sets, each once, the newest first. */
export function mergeServiceMeasurements(
  ...sets: readonly (readonly ServiceMeasurement[])[]
): readonly ServiceMeasurement[] {
  const merged: ServiceMeasurement[] = [];
  for (const measurement of sets.flat()) {
    if (!merged.some((there) => isDeepStrictEqual(there, measurement))) merged.push(measurement);
  }
  return merged.sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
}

/** Adds measurements to those that are there; the file is whole at any time. */
export function addServiceMeasurements(file: string, added: readonly ServiceMeasurement[]): void {
  const measurements = mergeServiceMeasurements(added, readServiceMeasurements(file));
  writeMeasurementsTo(file, serviceMeasurementsSchema, { schemaVersion: serviceMeasurementsVersion, measurements });
}
