import { FunctionEndpoint, FunctionPackage } from "../components/index.ts";
import { Serving, type ServingArgs, servingPrograms } from "../workloads/index.ts";
import type { ServingSettings } from "./serving-config.ts";
import type { StackOutputs } from "./outputs.ts";
import { startRun } from "./tenure.ts";

/** Time beyond a function's own that an answer may take, in seconds. */
const slackSec = 30;

/** The package of the function that a stack serves; that of this machine and that of the cloud are equal bits. */
export function servedPackage({ model, weights, seed }: ServingSettings): FunctionPackage {
  return new FunctionPackage("package", { directory: servingPrograms, model, weights, seed });
}

/** Sends an endpoint the requests that a stack is configured to send. */
export function load(settings: ServingSettings, by: Pick<ServingArgs, "run" | "endpoint" | "reportsBy">): StackOutputs {
  const { timeoutSec, profile, series, seed, ratePerSec, durationSec, trace, rounds, recordDirectory } = settings;
  const optional = { ratePerSec, durationSec, trace, rounds };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  const serving = new Serving("serving", {
    ...{ ...by, profile, series, seed, recordDirectory, requestTimeoutSec: timeoutSec + slackSec },
    ...given,
  });
  return { results: serving.results, skipped: [] };
}

/** Serves predictions by a function on the machine at hand, and sends requests to it. */
export function serverless(settings: ServingSettings): StackOutputs {
  const { memoryMiB, edition, timeoutSec, maximumInstances } = settings;
  const run = startRun();
  const endpoint = new FunctionEndpoint("endpoint", {
    ...{ run, package: servedPackage(settings).archive, memoryMiB, edition, timeoutSec },
    ...(maximumInstances === undefined ? {} : { maximumInstances }),
  });
  return load(settings, { run, endpoint });
}
