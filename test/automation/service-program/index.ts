// A program that serves a source of models on this machine, and puts it into a registry where one is named.
import * as pulumi from "@pulumi/pulumi";
import { ImagePush, ModelService, Run } from "../../../components/index.ts";
import { modelServicePrograms } from "../../../workloads/index.ts";

const run = new Run("run", { project: pulumi.getProject(), stack: pulumi.getStack() });
const config = new pulumi.Config("test");
const source = config.require("source");
const service = new ModelService("adder", { run, source, programs: modelServicePrograms, memoryMiB: 512 });

const target = config.get("target");
const login = { username: config.get("username"), password: config.getSecret("password") };
const push =
  target === undefined ? null : new ImagePush("push", { service: service.image, target, plain: true, ...login });

export const pushed = push?.pushed ?? null;
export const runId = run.runId;
export const url = service.url;
export const facts = service.facts;
export const imageDigest = service.imageDigest;
export const pricePerHour = service.pricePerHour;
export const pricePerThousand = service.pricePerThousand;
