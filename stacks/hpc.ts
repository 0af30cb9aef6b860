import type * as pulumi from "@pulumi/pulumi";
import { getProject, getStack } from "@pulumi/pulumi/metadata.js";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readMeasurements } from "../catalogue/images/measured.ts";
import type { GraphCompiler } from "../catalogue/images/schema.ts";
import { LocalSlurm, Run } from "../components/index.ts";
import { readMachine } from "../provider/machine.ts";
import type { OptimisedOutcome } from "../measure/optimised.ts";
import { OptimisedTraining, readRequest } from "../workloads/index.ts";
import type { HpcSettings } from "./hpc-config.ts";

/** What a stack that trains by jobs of a queue exports. */
export interface HpcOutputs {
  /** What was chosen and why, the images with their digests, and the records of the jobs with their ids. */
  readonly optimised: pulumi.Output<OptimisedOutcome>;
}

/** What PyTorch's packages cannot do: inductor compiles against headers, which set-up leaves out where there are no accelerators. */
function lackingIn(packages: string): GraphCompiler[] {
  return existsSync(join(packages, "torch", "include")) ? [] : ["inductor"];
}

/** Trains by jobs of a Slurm on the machine at hand, in the image that is chosen for a request. */
export function hpc(settings: HpcSettings): HpcOutputs {
  const { request: file, measurements, data, epochs, images, batchSize: batch, rounds, cpus } = settings;
  const { recordDirectory, timeoutSec } = settings;
  const run = new Run("run", { project: getProject(), stack: getStack() });
  const queue = new LocalSlurm("slurm", { run, ...(cpus === undefined ? {} : { cpus }) });
  const packages = readMachine().pytorch?.directory;
  const training = new OptimisedTraining("training", {
    ...{ run, queue, data, epochs, images, batch, rounds, timeoutSec, recordDirectory },
    request: readRequest(readFileSync(file, "utf8"), file),
    directory: resolve(recordDirectory, "jobs"),
    measurements: measurements === undefined ? [] : readMeasurements(measurements),
    ...(packages === undefined ? {} : { packages, lacking: lackingIn(packages) }),
  });
  return { optimised: training.outcome };
}
