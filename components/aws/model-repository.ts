import { EventRule } from "@pulumi/aws/cloudwatch/eventRule.js";
import { EventTarget } from "@pulumi/aws/cloudwatch/eventTarget.js";
import type { Project } from "@pulumi/aws/codebuild/project.js";
import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy.js";
import { Repository } from "@pulumi/aws/ecr/repository.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { BucketNotification } from "@pulumi/aws/s3/bucketNotification.js";
import { Queue } from "@pulumi/aws/sqs/queue.js";
import { QueuePolicy } from "@pulumi/aws/sqs/queuePolicy.js";
import type * as pulumi from "@pulumi/pulumi";
import { all } from "@pulumi/pulumi/output.js";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import { ArtefactBucket } from "./artefact-bucket.ts";
import { trust } from "./function-role.ts";
import { modelBuild } from "./model-build.ts";
import { type ModelRepositoryArgs, settleRepository, type SettledRepository } from "./model-repository-args.ts";

/** Longest time that a failed event is kept, in seconds: two weeks. */
const keepSec = 1_209_600;

/**
 * A repository of models: a new version in its bucket is built into a service, asked for a prediction, pushed, and deployed;
 * one that fails at any of these leaves what serves as it is. Bucket → EventBridge → CodeBuild.
 */
export class ModelRepository extends ComponentResource {
  static readonly type = "underlay:aws:ModelRepository";
  /** Name of the bucket that models are put into, as `PREFIX…SUFFIX`. */
  readonly bucket: pulumi.Output<string>;
  /** Address of the images' repository. */
  readonly repositoryUrl: pulumi.Output<string>;
  /** Name of the project of CodeBuild. */
  readonly projectName: pulumi.Output<string>;
  /** Address of the queue of events that started no build. */
  readonly deadLetters: pulumi.Output<string>;

  constructor(name: string, args: ModelRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super(ModelRepository.type, name, {}, opts);
    const settled = settleRepository(args);
    const bucket = new ArtefactBucket(name, { kmsKeyArn: settled.kmsKeyArn, tags: {} }, this);
    new BucketNotification(
      `${name}-events`,
      { bucket: bucket.bucket, eventbridge: true },
      { parent: this, dependsOn: [...bucket.ready] },
    );
    const repository = imageRepository(name, settled, this);
    const project = modelBuild(name, settled, { bucket, repository }, this);
    this.bucket = bucket.bucket;
    this.repositoryUrl = repository.repositoryUrl;
    this.projectName = project.name;
    this.deadLetters = startByEvents(name, settled, { bucket, project }, this);
    const { repositoryUrl, projectName, deadLetters } = this;
    this.registerOutputs({ bucket: this.bucket, repositoryUrl, projectName, deadLetters });
  }
}

/** Images that nothing replaces, scanned when they come; the oldest go. */
function imageRepository(
  name: string,
  { kmsKeyArn, keepImages }: SettledRepository,
  parent: ModelRepository,
): Repository {
  const encryption =
    kmsKeyArn === undefined ? { encryptionType: "AES256" } : { encryptionType: "KMS", kmsKey: kmsKeyArn };
  const repository = new Repository(
    `${name}-images`,
    {
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [encryption],
    },
    { parent },
  );
  const rule = {
    ...{ rulePriority: 1, description: "the newest stay", action: { type: "expire" } },
    selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: keepImages },
  };
  new LifecyclePolicy(
    `${name}-images-lifecycle`,
    { repository: repository.name, policy: JSON.stringify({ rules: [rule] }) },
    { parent },
  );
  return repository;
}

interface Started {
  readonly bucket: ArtefactBucket;
  readonly project: Project;
}

/**
 * What a build is told. Placeholders stand without quotes: what takes their place is then a string of JSON with everything
 * escaped that a key may contain, and can be nothing else.
 */
const overrides =
  '{"environmentVariablesOverride":[{"name":"MODEL_KEY","type":"PLAINTEXT","value":<key>},' +
  '{"name":"MODEL_VERSION","type":"PLAINTEXT","value":<version>}]}';

/** A new object starts a build, which is told its key and version; events that start none are kept. */
function startByEvents(name: string, args: SettledRepository, { bucket, project }: Started, parent: ModelRepository) {
  const { prefix, suffix, kmsKeyArn } = args;
  const opts = { parent };
  const role = new Role(`${name}-start-role`, { assumeRolePolicy: trust("events.amazonaws.com") }, opts);
  const policy = project.arn.apply((arn) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Sid: "Start", Effect: "Allow", Action: ["codebuild:StartBuild"], Resource: arn }],
    }),
  );
  const allowed = new RolePolicy(`${name}-start-policy`, { role: role.name, policy }, opts);
  const eventPattern = bucket.bucket.apply((own) =>
    JSON.stringify({
      ...{ source: ["aws.s3"], "detail-type": ["Object Created"] },
      // Both of the key's ends count: a list of two patterns would be met by either.
      detail: { bucket: { name: [own] }, object: { key: [{ wildcard: `${prefix}*${suffix}` }] } },
    }),
  );
  const rule = new EventRule(
    `${name}-new-version`,
    { description: `a new version of ${args.service}`, eventPattern },
    opts,
  );
  const encryption = kmsKeyArn === undefined ? { sqsManagedSseEnabled: true } : { kmsMasterKeyId: kmsKeyArn };
  const queue = new Queue(`${name}-dead-letters`, { messageRetentionSeconds: keepSec, ...encryption }, opts);
  new QueuePolicy(
    `${name}-dead-letters-policy`,
    { queueUrl: queue.url, policy: all([queue.arn, rule.arn]).apply(([own, from]) => sentBy(own, from)) },
    opts,
  );
  new EventTarget(
    `${name}-start`,
    {
      rule: rule.name,
      arn: project.arn,
      roleArn: role.arn,
      deadLetterConfig: { arn: queue.arn },
      retryPolicy: { maximumRetryAttempts: 8, maximumEventAgeInSeconds: 3600 },
      inputTransformer: {
        inputPaths: { key: "$.detail.object.key", version: "$.detail.object.version-id" },
        inputTemplate: overrides,
      },
    },
    { ...opts, dependsOn: [allowed] },
  );
  return queue.url;
}

function sentBy(queueArn: string, ruleArn: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        ...{ Sid: "Events", Effect: "Allow", Principal: { Service: "events.amazonaws.com" } },
        ...{ Action: "sqs:SendMessage", Resource: queueArn },
        Condition: { ArnEquals: { "aws:SourceArn": ruleArn } },
      },
    ],
  });
}
