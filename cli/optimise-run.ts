import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { addMeasurements } from "../catalogue/images/measured.ts";
import { publishedOptimisation } from "../catalogue/published/index.ts";
import { UnderlayError } from "../measure/error.ts";
import { measuredTrials, measurementsOf, type OptimisedOutcome } from "../measure/optimised.ts";
import { optimisedPage, optimisedText } from "../report/optimised.ts";
import type { Optimisation } from "../workloads/index.ts";
import { stackConfig } from "./config-pairs.ts";
import { imagenetDataSet, parametersOf } from "./data-set.ts";
import { dataSetDefaults } from "./data-set-defaults.ts";
import { Job } from "./job.ts";
import { mnistSet } from "./mnist-set.ts";

/** Options of `underlay optimise --run` beside those of `underlay optimise`, as they were typed. */
export interface OptimiseRunOptions {
  readonly data?: string;
  readonly epochs?: string;
  readonly images?: string;
  readonly batchSize?: string;
  readonly rounds?: string;
  readonly config: readonly string[];
  readonly json?: boolean;
}

/** What a run is made of. */
export interface OptimiseRunArgs {
  /** File of the request. */
  readonly file: string;
  /** What was chosen for it. */
  readonly done: Optimisation;
  /** File of what the user measured; it need not be there. */
  readonly measured: string;
  /** Folder for records and the report. */
  readonly folder: string;
}

/** Folder of the data set: the one that was given, or one that is made where there is none. */
async function dataOf(workload: string | null, given: string | undefined): Promise<string> {
  if (given !== undefined) return resolve(given);
  if (workload === "mnist-cnn") return mnistSet();
  if (workload === "resnet50-imagenet") return (await imagenetDataSet(parametersOf(dataSetDefaults))).directory;
  throw new UnderlayError(
    "workload-unknown",
    "The request does not say what data it trains on, so nothing can be trained.",
    'Give data.basedata "MNIST" or "ImageNet" in its optimisation.',
  );
}

/** Writes the outcome and its page, and gives the catalogue of the user what was measured; returns lines that say so. */
function keep(outcome: OptimisedOutcome, { folder, measured }: OptimiseRunArgs): string[] {
  mkdirSync(folder, { recursive: true });
  const [page, file] = [join(folder, "index.html"), join(folder, "outcome.json")];
  writeFileSync(file, `${JSON.stringify(outcome, null, 2)}\n`);
  writeFileSync(page, optimisedPage(outcome, publishedOptimisation()));
  const added = measurementsOf(outcome, new Date().toISOString().slice(0, 10));
  if (added.length > 0) addMeasurements(measured, added);
  const left = measuredTrials(outcome).filter(({ time }) => time.reason !== null);
  return [
    `catalogue: ${String(added.length)} measurements added to ${measured}`,
    ...left.map(({ trial, time }) => `not added: ${trial}, ${time.reason ?? ""}; --epochs and --rounds give it more`),
    `record: ${file}`,
    `report: ${page}`,
  ];
}

function print(outcome: OptimisedOutcome, lines: readonly string[], args: OptimiseRunArgs, json: boolean): void {
  const { mapping, notes } = args.done;
  const images = outcome.images.map(({ id, digest }) => `image built: ${id} ${digest}`);
  const jobs = outcome.trials.map(({ trial, round, jobId }) => `job ${jobId}: ${trial}, round ${String(round)}`);
  process.stdout.write(
    json
      ? `${JSON.stringify({ mapping, notes, outcome }, null, 2)}\n`
      : `\n${[...images, ...jobs, "", optimisedText(outcome), ...lines].join("\n")}\n`,
  );
}

/**
 * Builds the image that was chosen, trains in it by jobs of a Slurm on this machine, keeps what was measured, and tears
 * down.
 *
 * @returns 0 when all of it went well, 1 otherwise, 130 after Ctrl-C
 */
export async function optimiseRun(args: OptimiseRunArgs, options: OptimiseRunOptions): Promise<number> {
  const { file, done, measured, folder } = args;
  const data = await dataOf(done.workload, options.data);
  const { epochs, images, batchSize, rounds } = options;
  const own = {
    ...{ environment: "hpc", request: file, data, epochs, images, batchSize, rounds },
    measurements: existsSync(measured) ? measured : undefined,
    recordDirectory: join(folder, "records"),
  };
  const config = stackConfig(own, options.config);
  const job = await Job.open("optimise");
  try {
    const { optimised, failed } = await job.up(config);
    if (optimised !== null && !failed) {
      print(optimised, keep(optimised, args), args, options.json === true);
    }
    const clean = await job.tearDown();
    return job.interrupted ? 130 : failed || !clean || optimised === null ? 1 : 0;
  } finally {
    await job.close();
  }
}
