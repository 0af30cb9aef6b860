import { getProject, getStack } from "@pulumi/pulumi/metadata.js";
import { FunctionEndpoint, FunctionPackage, Run } from "../components/index.ts";
import { Serving, servingPrograms } from "../workloads/index.ts";
import type { ServingSettings } from "./serving-config.ts";
import type { StackOutputs } from "./stack.ts";

/** Serves predictions by a function on the machine at hand, and sends requests to it. */
export function serverless(settings: ServingSettings): StackOutputs {
  const { model, weights, seed, memoryMiB, edition, timeoutSec, maximumInstances, profile, series } = settings;
  const { ratePerSec, durationSec, trace, rounds, recordDirectory } = settings;
  const optional = { ratePerSec, durationSec, trace, rounds };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  const run = new Run("run", { project: getProject(), stack: getStack() });
  const made = new FunctionPackage("package", { directory: servingPrograms, model, weights, seed });
  const endpoint = new FunctionEndpoint("endpoint", {
    ...{ run, package: made.archive, memoryMiB, edition, timeoutSec, maximumInstances },
  });
  const serving = new Serving("serving", {
    ...{ run, endpoint, profile, series, seed, recordDirectory, requestTimeoutSec: timeoutSec + 30 },
    ...given,
  });
  return { results: serving.results, skipped: [] };
}
