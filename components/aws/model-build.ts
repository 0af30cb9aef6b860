import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { Project } from "@pulumi/aws/codebuild/project.js";
import type { Repository } from "@pulumi/aws/ecr/repository.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import type * as pulumi from "@pulumi/pulumi";
import { all, output } from "@pulumi/pulumi/output.js";
import type { ArtefactBucket } from "./artefact-bucket.ts";
import { trust } from "./function-role.ts";
import type { BuildNetwork, SettledRepository } from "./model-repository-args.ts";

/** Largest file that a build may write, in KiB: 8 GiB. */
const mostKib = 8_388_608;

/**
 * What a build does, as CodeBuild reads it (JSON is YAML). A key, which whoever puts a model chooses, is only ever the value
 * of a quoted variable. `underlay containerise` ends with an error where the source cannot be built, or the service does not
 * predict: then nothing is pushed, and what serves goes on.
 */
export function buildSpecification({ deploy }: Pick<SettledRepository, "deploy">): string {
  const commands = [
    "set -eu",
    `ulimit -f ${String(mostKib)}`,
    'aws s3api get-object --bucket "$MODEL_BUCKET" --key "$MODEL_KEY" --version-id "$MODEL_VERSION" source.zip',
    "python3 -m zipfile --extract source.zip source",
    'npx underlay containerise source --name "$SERVICE" --json > built.json',
    'aws ecr get-login-password | podman login --username AWS --password-stdin "${REPOSITORY%%/*}"',
    'podman push --digestfile digest "$(jq --raw-output .image.reference built.json)" "docker://$REPOSITORY:$(jq --raw-output .image.version built.json)"',
    'export IMAGE="$REPOSITORY@$(cat digest)"',
    ...deploy,
  ];
  return JSON.stringify({
    version: 0.2,
    env: { shell: "bash" },
    // One script: a command that fails ends all of it, and variables stay.
    phases: { build: { "on-failure": "ABORT", commands: [commands.join("\n")] } },
  });
}

/** What a build is made from. */
export interface BuildParts {
  readonly bucket: ArtefactBucket;
  readonly repository: Repository;
}

/** Builds, tests and deploys one version of a model: with a role that reads models, pushes images and does what it was told. */
export function modelBuild(
  name: string,
  args: SettledRepository,
  parts: BuildParts,
  parent: pulumi.ComponentResource,
): Project {
  const { kmsKeyArn, network } = args;
  const logs = new LogGroup(
    `${name}-build-log`,
    { retentionInDays: args.logRetentionDays, ...(kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn }) },
    { parent },
  );
  const role = new Role(`${name}-build-role`, { assumeRolePolicy: trust("codebuild.amazonaws.com") }, { parent });
  const allowed = new RolePolicy(
    `${name}-build-policy`,
    { role: role.name, policy: policyOf(args, parts, logs) },
    { parent },
  );
  const variables = {
    MODEL_BUCKET: parts.bucket.bucket,
    REPOSITORY: parts.repository.repositoryUrl,
    SERVICE: args.service,
  };
  return new Project(
    `${name}-build`,
    {
      serviceRole: role.arn,
      artifacts: { type: "NO_ARTIFACTS" },
      source: { type: "NO_SOURCE", buildspec: buildSpecification(args) },
      environment: {
        ...{
          type: "LINUX_CONTAINER",
          computeType: args.computeType,
          image: args.builder,
          privilegedMode: args.privileged,
        },
        imagePullCredentialsType: "SERVICE_ROLE",
        environmentVariables: Object.entries(variables).map(([key, value]) => ({
          name: key,
          value,
          type: "PLAINTEXT",
        })),
      },
      buildTimeout: args.timeoutMin,
      // One after the other: an older version must not overtake a newer one.
      concurrentBuildLimit: 1,
      logsConfig: { cloudwatchLogs: { status: "ENABLED", groupName: logs.name } },
      ...(kmsKeyArn === undefined ? {} : { encryptionKey: kmsKeyArn }),
      ...(network === undefined ? {} : { vpcConfig: vpcOf(network) }),
    },
    { parent, dependsOn: [allowed] },
  );
}

function vpcOf({ vpcId, subnetIds, securityGroupIds }: BuildNetwork) {
  return { vpcId, subnets: subnetIds, securityGroupIds };
}

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: object;
}

const allow = (
  Sid: string,
  Action: readonly string[],
  Resource: string | readonly string[],
  Condition?: object,
): Statement => {
  return { Sid, Effect: "Allow", Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
};

const push = [
  ...["BatchCheckLayerAvailability", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage"],
  ...["BatchGetImage", "GetDownloadUrlForLayer"],
].map((action) => `ecr:${action}`);

function policyOf(args: SettledRepository, { bucket, repository }: BuildParts, logs: LogGroup): pulumi.Output<string> {
  const may = all(args.deployMay.map(({ actions, resources }) => output(resources).apply((to) => ({ actions, to }))));
  const subnets = args.network === undefined ? output([] as string[]) : output(args.network.subnetArns);
  const key = output(args.kmsKeyArn);
  return all([bucket.arn, repository.arn, logs.arn, may, subnets, key]).apply(
    ([models, images, log, deploying, subnetArns, keyArn]) => {
      const statements = [
        allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], `${log}:*`),
        allow("Models", ["s3:GetObject", "s3:GetObjectVersion"], `${models}/${args.prefix}*`),
        // Logging in is of the account, and of no repository: the service has no narrower resource.
        allow("Login", ["ecr:GetAuthorizationToken"], "*"),
        allow("Images", push, images),
        ...(keyArn === undefined ? [] : [allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], keyArn)]),
        ...networkStatements(subnetArns),
        ...deploying.map(({ actions, to }, index) => allow(`Deploy${String(index)}`, actions, to)),
      ];
      return JSON.stringify({ Version: "2012-10-17", Statement: statements });
    },
  );
}

/** What CodeBuild needs to put a build into a network: interfaces in these subnets, for itself. */
function networkStatements(subnetArns: readonly string[]): Statement[] {
  if (subnetArns.length === 0) return [];
  const describe = [
    "DescribeDhcpOptions",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVpcs",
  ];
  const interfaces = ["CreateNetworkInterface", "DeleteNetworkInterface"];
  const condition = {
    StringEquals: { "ec2:AuthorizedService": "codebuild.amazonaws.com" },
    ArnEquals: { "ec2:Subnet": subnetArns },
  };
  return [
    allow(
      "Network",
      [...describe, ...interfaces].map((action) => `ec2:${action}`),
      "*",
    ),
    allow("Interface", ["ec2:CreateNetworkInterfacePermission"], "arn:aws:ec2:*:*:network-interface/*", condition),
  ];
}
