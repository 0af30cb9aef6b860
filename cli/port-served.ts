import { basename } from "node:path";
import { UnderlayError } from "../measure/error.ts";
import type { ServiceImageFacts } from "../measure/model-service.ts";
import { type PortTimes, portTimesOf } from "../measure/port-times.ts";
import type { Machine } from "../provider/machine.ts";
import { smokeTest, type StandingService, startService, stopService } from "../provider/model-service/container.ts";
import { ask } from "../provider/model-service/request.ts";
import { buildService, prepareService, serviceName } from "../provider/model-service/service-build.ts";
import { type BuildTold, defaultOutput } from "../provider/model-service/service-cache.ts";
import { peakMemoryOf } from "../provider/model-service/service-measurement.ts";
import { modelServicePrograms } from "../workloads/index.ts";
import { withLocalRun } from "./local-run.ts";
import type { PortSettings } from "./port-options.ts";

const sides = ["original", "ported"] as const;
type Side = (typeof sides)[number];
type Both<T> = Readonly<Record<Side, T>>;

/** Requests to each that are not timed. */
const warmUp = 20;
/** Memory of each container, in MiB: that of `containerise`. */
const memoryMiB = 2048;

/** A model before it was ported and after, each as the service that its image is. */
export interface ServedPort {
  readonly images: Both<Pick<ServiceImageFacts, "reference" | "digest" | "bytes">>;
  /** CPUs of each container. */
  readonly cpus: number;
  /** Over HTTP, one request after the other; null where nothing was timed. */
  readonly times: PortTimes | null;
  readonly peakMemoryMiB: Both<number | null>;
}

interface Serving {
  readonly runId: string;
  readonly images: Both<ServiceImageFacts>;
  readonly cpus: number;
  readonly machine: Machine;
  readonly told: BuildTold;
}

async function bothOf<T>(work: (side: Side) => Promise<T>): Promise<Both<T>> {
  return { original: await work("original"), ported: await work("ported") };
}

/** What both are asked: zeros in the shape that either says. */
function bodyOf({ original, ported }: Both<ServiceImageFacts>): string {
  const body = original.sample ?? ported.sample;
  if (body !== null) return body;
  throw new UnderlayError(
    "input-unknown",
    "Neither model says the shape of its inputs: nothing can be asked of a service.",
  );
}

const ownerOf = ({ runId, images }: Serving, side: Side) => ({ runId, name: images[side].name });
const markOf = (turn: number): string => `t${String(turn)}`;

async function start(serving: Serving, side: Side, turn: number): Promise<StandingService> {
  const { images, cpus, machine, told } = serving;
  const shape = { cpus, memoryMiB, workers: 1, threads: 4 };
  return startService(ownerOf(serving, side), markOf(turn), images[side], shape, { machine, signal: told.signal });
}

/** Starts each so many times, in turn; the last ones go on. */
async function startBoth(serving: Serving, count: number) {
  const starts: Record<Side, number[]> = { original: [], ported: [] };
  for (let turn = 1; turn < count; turn += 1) {
    for (const side of sides) {
      starts[side].push((await start(serving, side, turn)).coldStartSec);
      await stopService(ownerOf(serving, side), markOf(turn), serving.machine);
    }
  }
  const standing = await bothOf((side) => start(serving, side, count));
  for (const side of sides) starts[side].push(standing[side].coldStartSec);
  return { starts, standing };
}

/** Requests, one after the other; their times in seconds. */
async function block(
  { socket }: StandingService,
  body: string,
  requests: number,
  { signal }: BuildTold,
): Promise<number[]> {
  const seconds: number[] = [];
  for (let index = 0; index < requests; index += 1) {
    signal.throwIfAborted();
    const answer = await ask({ socket, method: "POST", path: "/predict", body, timeoutSec: 60 });
    if (answer.status !== 200) {
      const said = answer.body.slice(0, 300);
      throw new UnderlayError("request-failed", `A request was answered with ${String(answer.status)}: ${said}`);
    }
    seconds.push(answer.ms / 1000);
  }
  return seconds;
}

/** Asks both in blocks, which are played in turn; who begins changes each time. */
async function askBoth(standing: Both<StandingService>, body: string, settings: PortSettings, told: BuildTold) {
  const latencies: Record<Side, number[][]> = { original: [], ported: [] };
  for (const side of sides) await block(standing[side], body, warmUp, told);
  for (let turn = 0; turn < settings.blocks; turn += 1) {
    for (const side of turn % 2 === 0 ? sides : sides.toReversed()) {
      latencies[side].push(await block(standing[side], body, settings.requests, told));
    }
  }
  return latencies;
}

async function serve(serving: Serving, settings: PortSettings): Promise<ServedPort> {
  const { images, cpus, machine, told } = serving;
  const body = bodyOf(images);
  const isTimed = settings.blocks > 0;
  const { starts, standing } = await startBoth(serving, isTimed ? settings.starts : 1);
  for (const side of sides) await smokeTest(standing[side], { ...images[side], sample: body });
  const latencies = isTimed ? await askBoth(standing, body, settings, told) : null;
  const peakMemoryMiB = await bothOf((side) => peakMemoryOf(standing[side].container, machine));
  const named = ({ reference, digest, bytes }: ServiceImageFacts) => ({ reference, digest, bytes });
  return {
    images: { original: named(images.original), ported: named(images.ported) },
    cpus,
    times: latencies === null ? null : portTimesOf({ latencies, starts }),
    peakMemoryMiB,
  };
}

/**
 * Builds the image of a service of each model, has both predict, and times them one beside the other.
 *
 * @param models the file or folder of each
 * @param settings of the port: blocks, requests, starts, and threads, which are the CPUs of each container
 * @throws UnderlayError what building, starting and predicting throw; `input-unknown`
 */
export async function servePort(
  models: Both<string>,
  settings: PortSettings,
  trust: boolean,
  machine: Machine,
  told: BuildTold,
): Promise<ServedPort> {
  const images = await bothOf(async (side) => {
    const name = serviceName(`${serviceName(basename(models[side])).slice(0, 30)}-${side}`);
    const args = { source: models[side], programs: modelServicePrograms, name, trust };
    return buildService(await prepareService(args, defaultOutput(name), machine, told), machine, told);
  });
  return withLocalRun("models-port", (runId) =>
    serve({ runId, images, cpus: settings.threads, machine, told }, settings),
  );
}
