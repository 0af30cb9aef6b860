import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { Alias } from "@pulumi/aws/lambda/alias.js";
import { Function as LambdaFunction } from "@pulumi/aws/lambda/function.js";
import type * as pulumi from "@pulumi/pulumi";
import { FileArchive } from "@pulumi/pulumi/asset/index.js";
import { output, type Output } from "@pulumi/pulumi/output.js";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import type { EndpointFacts } from "../../measure/endpoint.ts";
import { keepWarmPerMonth } from "../../measure/function-cost.ts";
import type { Endpoint } from "../host.ts";
import { type Artefact, ArtefactBucket } from "./artefact-bucket.ts";
import { functionRole } from "./function-role.ts";
import { httpApi } from "./http-api.ts";
import { keepWarm } from "./keep-warm.ts";
import {
  type FunctionImage,
  type LambdaEndpointArgs,
  type PackagedFunction,
  type Settled,
  settle,
} from "./lambda-endpoint-args.ts";

/** Name of the alias that is served: what stands behind it changes, its address does not. */
const aliasName = "live";

/** Files that a function gets through a bucket. */
interface Artefacts {
  readonly model: Artefact | undefined;
  readonly code: Artefact | undefined;
}

/**
 * A function on AWS Lambda that serves predictions through an HTTP API: the same contract as `FunctionEndpoint` on the
 * machine at hand, and the same package.
 */
export class LambdaEndpoint extends ComponentResource implements Endpoint {
  static readonly type = "underlay:aws:LambdaEndpoint";
  readonly environment = "serverless";
  readonly url: Output<string>;
  readonly facts: Output<EndpointFacts>;
  /** Nobody may end instances of AWS Lambda; cold starts come by waiting, or by a changed configuration. */
  readonly control = undefined;
  /** Name of the function, for commands. */
  readonly functionName: Output<string>;
  /** Name of the group that the function logs to, its REPORT lines included. */
  readonly logGroupName: Output<string>;
  /**
   * What keeping instances warm costs in a month, in the currency of `prices` and without predictions; null where no price
   * is known, or none is kept.
   */
  readonly keepWarmPerMonth: Output<number | null>;

  constructor(name: string, args: LambdaEndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    super(LambdaEndpoint.type, name, {}, opts);
    const settled = settle(args);
    const { logRetentionDays, kmsKeyArn, tags } = settled;
    const logs = new LogGroup(
      `${name}-log`,
      { retentionInDays: logRetentionDays, tags, ...(kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn }) },
      { parent: this },
    );
    const served = makeFunction(name, settled, logs, this);
    const alias = new Alias(
      `${name}-alias`,
      { name: aliasName, functionName: served.name, functionVersion: served.version },
      { parent: this },
    );
    if (settled.keepWarm !== undefined) keepWarm(name, alias, { ...settled.keepWarm, tags: settled.tags }, this);
    this.url = httpApi(name, alias, settled, this);
    this.facts = factsOf(settled);
    this.functionName = served.name;
    this.logGroupName = logs.name;
    this.keepWarmPerMonth = this.facts.apply((facts) => warmPrice(settled, facts));
    const { url, facts, functionName, logGroupName } = this;
    this.registerOutputs({ url, facts, functionName, logGroupName, keepWarmPerMonth: this.keepWarmPerMonth });
  }
}

function makeFunction(name: string, args: Settled, logs: LogGroup, parent: LambdaEndpoint): LambdaFunction {
  const artefacts = store(name, args, parent);
  const { model } = artefacts;
  const role = functionRole(
    name,
    {
      tags: args.tags,
      logGroupArn: logs.arn,
      modelArn: model?.arn,
      kmsKeyArn: model === undefined ? undefined : args.kmsKeyArn,
    },
    parent,
  );
  const { maximumInstances, variables } = args;
  return new LambdaFunction(
    `${name}-function`,
    {
      role: role.arn,
      tags: args.tags,
      ...codeOf(args, artefacts),
      memorySize: args.memoryMiB,
      timeout: args.timeoutSec,
      ephemeralStorage: { size: args.ephemeralStorageMiB },
      environment: {
        variables: {
          ...variables,
          ...(model === undefined ? {} : { MODEL_BUCKET: model.bucket, MODEL_KEY: model.key }),
        },
      },
      loggingConfig: { logFormat: "Text", logGroup: logs.name },
      publish: true,
      ...(maximumInstances === undefined ? {} : { reservedConcurrentExecutions: maximumInstances }),
    },
    { parent },
  );
}

function store(name: string, args: Settled, parent: LambdaEndpoint): Artefacts {
  const { modelFile, kmsKeyArn, packageInBucket, package: archive, tags } = args;
  const code = packageInBucket && archive !== undefined ? output(archive) : undefined;
  if (modelFile === undefined && code === undefined) return { model: undefined, code: undefined };
  const bucket = new ArtefactBucket(name, { kmsKeyArn, tags }, parent);
  return {
    model: modelFile === undefined ? undefined : bucket.put("model", "model.onnx", modelFile),
    code:
      code === undefined
        ? undefined
        : bucket.put(
            "package",
            "package.zip",
            code.apply(({ path }) => path),
          ),
  };
}

function codeOf({ package: archive, image }: Settled, { code }: Artefacts) {
  if (archive === undefined) {
    const from = output(image as pulumi.Input<FunctionImage>);
    return {
      packageType: "Image",
      imageUri: from.apply(({ uri }) => uri),
      architectures: [from.apply(({ architecture }) => architecture)],
    };
  }
  const from = output(archive);
  return {
    packageType: "Zip",
    handler: from.apply(({ handler }) => handler),
    runtime: from.apply(({ runtime }) => runtime),
    architectures: [from.apply(({ architecture }) => architecture)],
    ...(code === undefined
      ? { code: from.apply(({ path }) => new FileArchive(path)) }
      : { s3Bucket: code.bucket, s3Key: code.key, s3ObjectVersion: code.version }),
    sourceCodeHash: from.apply(({ sha256 }) => Buffer.from(sha256, "hex").toString("base64")),
  };
}

function factsOf(args: Settled): Output<EndpointFacts> {
  const { memoryMiB, timeoutSec, ephemeralStorageMiB, maximumInstances = null } = args;
  const code = output((args.package ?? args.image) as pulumi.Input<PackagedFunction | FunctionImage>);
  return code.apply((own) => ({
    target: "aws" as const,
    ...{ memoryMiB, timeoutSec, ephemeralStorageMiB, maximumInstances },
    // AWS documents that the share is proportional to memory, and one CPU at 1,769 MB; not what it is in between.
    cpus: null,
    runtime: "runtime" in own ? own.runtime : "container image",
    ...{ architecture: own.architecture, packageSha256: own.sha256, model: own.model },
  }));
}

function warmPrice({ keepWarm: kept, prices }: Settled, facts: EndpointFacts): number | null {
  if (kept === undefined || prices === undefined) return null;
  const { minimum, everyMin = null } = kept;
  return keepWarmPerMonth(prices, facts, { minimum, everyMin }).value;
}
