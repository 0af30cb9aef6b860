// A model's source, served in a container of this machine: that of the example fashion-mnist, or the one that
// `pulumi config set source` names. Another `pulumi up` after a change of the source exchanges it under load.
import * as pulumi from "@pulumi/pulumi";
import path from "node:path";
import { ModelService, Run } from "../../components/index.ts";
import { modelServicePrograms } from "../../workloads/index.ts";

const config = new pulumi.Config();
const source = path.resolve(config.get("source") ?? "../fashion-mnist");
const memoryMiB = config.getNumber("memoryMiB");
const port = config.getNumber("port");
const run = new Run("run", { project: pulumi.getProject(), stack: pulumi.getStack() });

const service = new ModelService("model", {
  ...{ run, source, programs: modelServicePrograms, service: path.basename(source) },
  ...(memoryMiB === undefined ? {} : { memoryMiB }),
  ...(port === undefined ? {} : { port }),
});

/** Address of the service; predictions are at `/predict` below it. */
export const url = service.url;
/** Digest of the image that it runs. */
export const imageDigest = service.imageDigest;
/** What it costs for an hour: not known before a price book says what this machine costs. */
export const pricePerHour = service.pricePerHour;
