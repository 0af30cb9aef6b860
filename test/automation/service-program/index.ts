// A program that serves a source of models on this machine.
import * as pulumi from "@pulumi/pulumi";
import { ModelService, Run } from "../../../components/index.ts";
import { modelServicePrograms } from "../../../workloads/index.ts";

const run = new Run("run", { project: pulumi.getProject(), stack: pulumi.getStack() });
const source = new pulumi.Config("test").require("source");
const service = new ModelService("adder", { run, source, programs: modelServicePrograms, memoryMiB: 512 });

export const runId = run.runId;
export const url = service.url;
export const facts = service.facts;
export const imageDigest = service.imageDigest;
export const pricePerHour = service.pricePerHour;
export const pricePerThousand = service.pricePerThousand;
