import { existsSync, readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { addServiceMeasurements, serviceMeasurementsFile } from "../catalogue/services/measured.ts";
import { messageOf, UnderlayError } from "../measure/error.ts";
import type { ServiceImageFacts } from "../measure/model-service.ts";
import { type Machine, readMachine, stateDirectory } from "../provider/machine.ts";
import { smokeTest, startService, stopService } from "../provider/model-service/container.ts";
import { ServiceFront } from "../provider/model-service/front/service-front.ts";
import type { ServiceBuildArgs } from "../provider/model-service/service-args.ts";
import { readyBases } from "../provider/model-service/packages-image.ts";
import { buildService, prepareService, serviceName } from "../provider/model-service/service-build.ts";
import { defaultOutput, meansFor } from "../provider/model-service/service-cache.ts";
import { type MeasuredService, measureService, measurementOf } from "../provider/model-service/service-measurement.ts";
import { modelServicePrograms } from "../workloads/index.ts";
import { withLocalRun } from "./local-run.ts";
import { numberOf, wholeOf } from "./options.ts";
import { ServiceProgress } from "./service-lines.ts";

/** Options that commands which build services share. */
export interface BuildOptions {
  readonly name?: string;
  readonly entry?: string;
  readonly make?: string;
  readonly trust?: boolean;
  readonly batching?: boolean;
  readonly batchInputs?: string;
  readonly batchWait?: string;
  readonly python?: string;
  readonly cuda?: boolean;
  readonly base: "local" | "registry";
  readonly lock?: string;
  readonly sample?: string;
  readonly mostModelMib: string;
  readonly cpus: string;
  readonly memory: string;
}

/** Options of `underlay containerise`. */
export interface ContaineriseOptions extends BuildOptions {
  readonly output?: string;
  readonly dryRun?: boolean;
  readonly serve?: boolean;
  readonly port: string;
  readonly json?: boolean;
}

/** Longest time for requests under way when a command ends, in seconds. */
const drainSec = 10;

/** What was typed of batching: its numbers ask for it, too. */
function batchingArgs({ batching, batchInputs: most, batchWait: wait }: BuildOptions) {
  const batchInputs = most === undefined ? undefined : wholeOf("--batch-inputs", most, 2, 10_000);
  const batchWaitMs = wait === undefined ? undefined : numberOf("--batch-wait", wait, 0, 1000);
  return { batching, batchInputs, batchWaitMs };
}

/** What a build is asked for, from the options of a command. */
export function buildArgs(path: string, options: BuildOptions): ServiceBuildArgs {
  const { name, entry, make, trust, python, cuda, base, lock, sample } = options;
  return {
    ...{
      source: path,
      programs: modelServicePrograms,
      name: name ?? basename(resolve(path)),
      entry,
      make,
      trust,
    },
    ...batchingArgs(options),
    ...{ python, cuda, base, lock, sample },
    mostModelMiB: numberOf("--most-model-mib", options.mostModelMib, 1, 1_048_576),
  };
}

/** What a container may use, from the options of a command. */
export function shapeOf({ cpus, memory }: Pick<BuildOptions, "cpus" | "memory">) {
  return {
    cpus: numberOf("--cpus", cpus, 0.1, 1024),
    memoryMiB: numberOf("--memory", memory, 64, 16_777_216),
    workers: 1,
    threads: 4,
  };
}

function outputFolder(path: string, { output, name }: ContaineriseOptions): string {
  if (output === undefined) return defaultOutput(serviceName(name ?? basename(resolve(path))));
  const ours = existsSync(resolve(output, "service.json"));
  if (existsSync(output) && !ours && readdirSync(output).length > 0) {
    throw new UnderlayError(
      "output-occupied",
      `${output} has files of something else.`,
      "Choose an empty folder, or one that is not there.",
    );
  }
  return resolve(output);
}

function sizeText(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(0)} MiB`;
}

/** Tells what was built and measured, for people. */
function summary(image: ServiceImageFacts, measured: MeasuredService): string[] {
  const { latencyMs, coldStartSec, requestsPerSec } = measured;
  const built = image.buildSec === null ? "built before" : `built in ${image.buildSec.toFixed(1)} s`;
  const latency =
    latencyMs === null
      ? "no prediction was made: nothing says what the model takes (--sample FILE)"
      : `p50 ${latencyMs.p50.toFixed(1)} ms${latencyMs.p95 === null ? "" : `, p95 ${latencyMs.p95.toFixed(1)} ms`} of ` +
        `${String(latencyMs.n)} requests one after the other, ${(requestsPerSec ?? 0).toFixed(0)} a second`;
  return [
    `image    ${image.reference}`,
    `digest   ${image.digest}`,
    `size     ${sizeText(image.bytes)}, ${built}`,
    `versions ${image.versions ?? "chosen by an earlier release"}`,
    `files    ${image.folder}`,
    `start    ${coldStartSec.toFixed(1)} s until the model was loaded`,
    `predict  ${latency}`,
  ];
}

interface Served {
  readonly measured: MeasuredService;
  /** The first answer; null where nothing says what the model takes. */
  readonly answer: unknown;
}

/** Starts a container, predicts in it, and with --serve goes on until Ctrl-C. */
async function tryOut(
  image: ServiceImageFacts,
  options: ContaineriseOptions,
  machine: Machine,
  progress: ServiceProgress,
  tell: (served: Served) => void,
): Promise<void> {
  const { signal } = progress.told;
  await withLocalRun("containerise", async (runId) => {
    const owner = { runId, name: image.name };
    const shape = shapeOf(options);
    progress.line(`container: ${image.reference}, ${String(shape.cpus)} CPUs, ${String(shape.memoryMiB)} MiB`);
    const standing = await startService(owner, "first", image, shape, { machine, signal });
    try {
      await smokeTest(standing, image);
      const measured = await measureService(standing, image, { machine, signal });
      tell({ measured, answer: measured.firstAnswer });
      const record = measurementOf(image, shape, measured, machine);
      addServiceMeasurements(serviceMeasurementsFile(stateDirectory()), [record]);
      if (options.serve !== true) return;
      const front = new ServiceFront();
      const url = await front.listen(wholeOf("--port", options.port, 0, 65_535));
      await front.switchTo({ socket: standing.socket, version: image.version }, 0);
      progress.line(`serving at ${url}/predict until Ctrl-C`);
      await progress.untilInterrupted();
      await front.close(drainSec);
    } finally {
      await stopService(owner, "first", machine);
    }
  });
}

/**
 * Builds a model's source into the image of a service, starts it, and has it predict.
 *
 * @returns 0; 1 when it was built and does not predict
 * @throws UnderlayError what building, starting and predicting throw; `interrupted` after Ctrl-C
 */
export async function containerise(path: string, options: ContaineriseOptions): Promise<number> {
  const machine = readMachine();
  const progress = new ServiceProgress();
  const print = (value: object): void => {
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  };
  try {
    const prepared = await prepareService(
      buildArgs(path, options),
      outputFolder(path, options),
      machine,
      progress.told,
    );
    if (options.dryRun === true) {
      const { folder, description, lock, build } = prepared;
      // What the Dockerfile begins with is here, so that the command below works.
      if (build !== null) await readyBases(build.recipe, meansFor(machine, progress.told));
      if (options.json === true)
        print({ folder, description, lock: lock.digest, versions: lock.choice, packages: lock.packages });
      else process.stdout.write(`files    ${folder}\nbuild    podman build --file ${folder}/Dockerfile ${folder}\n`);
      return 0;
    }
    const image = await buildService(prepared, machine, progress.told);
    await tryOut(image, options, machine, progress, ({ measured, answer }) => {
      const { firstAnswer: _first, ...numbers } = measured;
      if (options.json === true) print({ image, measured: numbers, answer });
      else process.stdout.write(`${summary(image, measured).join("\n")}\n`);
    });
    return 0;
  } catch (thrown) {
    throw progress.interrupted ? new UnderlayError("interrupted", messageOf(thrown), null, { cause: thrown }) : thrown;
  } finally {
    progress.release();
  }
}
