import type * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readMeasurements } from "../catalogue/images/measured.ts";
import { LocalSlurm } from "../components/index.ts";
import { readMachine } from "../provider/machine.ts";
import type { OptimisedOutcome } from "../measure/optimised.ts";
import { OptimisedTraining, readRequest } from "../workloads/index.ts";
import type { HpcSettings } from "./hpc-config.ts";
import { startRun } from "./tenure.ts";

/** What a stack that trains by jobs of a queue exports. */
export interface HpcOutputs {
  /** What was chosen and why, the images with their digests, and the records of the jobs with their ids. */
  readonly optimised: pulumi.Output<OptimisedOutcome>;
}

/** Trains by jobs of a Slurm on the machine at hand, in the image that is chosen for a request. */
export function hpc(settings: HpcSettings): HpcOutputs {
  const { request: file, measurements, data, epochs, images, batchSize: batch, rounds, cpus } = settings;
  const { recordDirectory, timeoutSec } = settings;
  const run = startRun();
  const queue = new LocalSlurm("slurm", { run, ...(cpus === undefined ? {} : { cpus }) });
  const packages = readMachine().pytorch?.directory;
  const training = new OptimisedTraining("training", {
    ...{ run, queue, data, epochs, images, batch, rounds, timeoutSec, recordDirectory },
    request: readRequest(readFileSync(file, "utf8"), file),
    directory: resolve(recordDirectory, "jobs"),
    measurements: measurements === undefined ? [] : readMeasurements(measurements),
    ...(packages === undefined ? {} : { packages }),
  });
  return { optimised: training.outcome };
}
