import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import type { ServiceMeasurement } from "../../catalogue/services/measured.ts";
import { UnderlayError } from "../../measure/error.ts";
import type { ServiceImageFacts } from "../../measure/model-service.ts";
import { percentile } from "../../measure/statistics.ts";
import { engineCommand } from "../container-engine.ts";
import { execute } from "../execute.ts";
import type { Machine } from "../machine.ts";
import type { ServiceShape, StandingService } from "./container.ts";
import { engineOf } from "./engine-build.ts";
import { ask } from "./request.ts";

/** How long a service is asked one thing after the other: so many requests, which a 99th percentile needs, or so long. */
const load = { discarded: 5, requests: 300, seconds: 30 };

/** What a service was measured to be. */
export interface MeasuredService {
  readonly coldStartSec: number;
  readonly latencyMs: ServiceMeasurement["latencyMs"];
  readonly requestsPerSec: number | null;
  readonly peakMemoryMiB: number | null;
  /** The first answer, as it came; null where nothing says what the model takes. */
  readonly firstAnswer: unknown;
}

/** Most memory that a container's processes had at a time, in MiB; null where the engine does not say. */
export async function peakMemoryOf(container: string, machine: Machine): Promise<number | null> {
  const argv = engineCommand(engineOf(machine), ["inspect", "--format", "{{.State.Pid}}", container]);
  const pid = (await execute(argv, { timeoutSec: 30 }).catch(() => "")).trim();
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    const peaks = [pid, ...children].map((each) =>
      Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${each}/status`, "utf8"))?.[1] ?? 0),
    );
    return peaks.reduce((sum, peak) => sum + peak, 0) / 1024;
  } catch {
    return null; // Another user's processes, or an engine that keeps them in a machine of its own.
  }
}

/**
 * Asks a service one thing after the other.
 *
 * @throws UnderlayError `request-failed` when one is not answered with 200
 */
export async function measureService(
  standing: StandingService,
  { sample }: ServiceImageFacts,
  { machine, signal }: { readonly machine: Machine; readonly signal: AbortSignal },
): Promise<MeasuredService> {
  const { coldStartSec, container } = standing;
  if (sample === null) {
    const peakMemoryMiB = await peakMemoryOf(container, machine);
    return { coldStartSec, latencyMs: null, requestsPerSec: null, peakMemoryMiB, firstAnswer: null };
  }
  const times: number[] = [];
  let firstAnswer: unknown = null;
  let started = performance.now();
  for (let index = 0; index < load.discarded + load.requests; index += 1) {
    signal.throwIfAborted();
    if (index === load.discarded) started = performance.now();
    const { status, body, ms } = await ask({
      socket: standing.socket,
      method: "POST",
      path: "/predict",
      body: sample,
      timeoutSec: 60,
    });
    if (status !== 200)
      throw new UnderlayError(
        "request-failed",
        `Request ${String(index + 1)} was answered with ${String(status)}: ${body.slice(0, 300)}`,
      );
    if (index === 0) firstAnswer = JSON.parse(body);
    if (index >= load.discarded) times.push(ms);
    if (times.length > 0 && performance.now() - started > load.seconds * 1000) break;
  }
  const seconds = (performance.now() - started) / 1000;
  const at = (p: number): number | null => percentile(times, p).value;
  const middle = at(0.5);
  return {
    coldStartSec,
    latencyMs: middle === null ? null : { p50: middle, p95: at(0.95), p99: at(0.99), n: times.length, concurrency: 1 },
    requestsPerSec: times.length / seconds,
    peakMemoryMiB: await peakMemoryOf(container, machine),
    firstAnswer,
  };
}

/** What was measured of a service in a container of this machine, as it is kept. */
export function measurementOf(
  image: ServiceImageFacts,
  shape: ServiceShape,
  measured: MeasuredService,
  machine: Machine,
): ServiceMeasurement {
  const engine = engineOf(machine);
  const { firstAnswer: _first, ...numbers } = measured;
  return {
    ...{ at: new Date().toISOString(), service: image.name, source: image.source, lock: image.lock },
    ...{ packages: image.packages, python: image.python, framework: image.framework, modelFormat: image.modelFormat },
    ...{ modelBytes: image.modelBytes, image: image.digest, imageBytes: image.bytes, buildSec: image.buildSec },
    ...{
      ...numbers,
      cpus: Math.min(shape.cpus, availableParallelism()),
      memoryMiB: shape.memoryMiB,
      environment: "container",
    },
    machine: {
      ...{
        cpuModel: cpus()[0]?.model ?? "unknown",
        cpus: availableParallelism(),
        memoryMiB: Math.floor(totalmem() / 1024 ** 2),
      },
      ...{ kernelRelease: release(), containerRuntime: `${engine.name} ${engine.version}` },
    },
  };
}
