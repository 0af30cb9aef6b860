// A program that serves the smallest model on this machine.
import * as pulumi from "@pulumi/pulumi";
import { FunctionEndpoint, FunctionPackage, Run } from "../../../components/index.ts";
import { servingPrograms } from "../../../workloads/index.ts";

const run = new Run("run", { project: pulumi.getProject(), stack: pulumi.getStack() });
const { archive } = new FunctionPackage("squeezenet", { directory: servingPrograms, model: "squeezenet-1.0" });
const endpoint = new FunctionEndpoint("serving", { run, package: archive, memoryMiB: 512, maximumInstances: 2 });

export const runId = run.runId;
export const url = endpoint.url;
export const facts = endpoint.facts;
export const sha256 = archive.sha256;
