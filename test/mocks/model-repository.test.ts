import { execFileSync } from "node:child_process";
import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { ModelRepository, type ModelRepositoryArgs } from "../../components/aws/index.ts";
import { listed, named, type Registered, run, valueOf } from "./engine.ts";
import { refusals } from "./refusals.ts";

const builder = `1.dkr.ecr.eu-west-1.amazonaws.com/builder@sha256:${"ab".repeat(32)}`;
const base: ModelRepositoryArgs = {
  ...{ service: "fashion-mnist", builder },
  deploy: ['kubectl set image deployment/mnist model="$IMAGE"'],
  deployMay: [{ actions: ["eks:DescribeCluster"], resources: ["arn:cluster"] }],
};
const make = (args: Partial<ModelRepositoryArgs> = {}, preview = false) =>
  run(() => new ModelRepository("models", { ...base, ...args }), preview);

interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
}
function statements(registered: readonly Registered[], name: string): Statement[] {
  return (JSON.parse(named(registered, name).inputs["policy"] as string) as { Statement: Statement[] }).Statement;
}

describe("a repository of models on AWS", () => {
  it("is a bucket whose new versions start a build, and a repository of images that stay what they are", async () => {
    const { value, registered } = await make();
    const own = "underlay:aws:ModelRepository models";
    expect(listed(registered)).to.deep.equal(
      [
        ...[
          "aws:cloudwatch/eventRule:EventRule models-new-version",
          "aws:cloudwatch/eventTarget:EventTarget models-start",
          "aws:cloudwatch/logGroup:LogGroup models-build-log",
          "aws:codebuild/project:Project models-build",
          "aws:ecr/lifecyclePolicy:LifecyclePolicy models-images-lifecycle",
          "aws:ecr/repository:Repository models-images",
          "aws:iam/role:Role models-build-role",
          "aws:iam/role:Role models-start-role",
          "aws:iam/rolePolicy:RolePolicy models-build-policy",
          "aws:iam/rolePolicy:RolePolicy models-start-policy",
          "aws:s3/bucket:Bucket models-artefacts",
          "aws:s3/bucketNotification:BucketNotification models-events",
          "aws:s3/bucketPolicy:BucketPolicy models-artefacts-policy",
          "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock models-artefacts-closed",
          "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration models-artefacts-encryption",
          "aws:s3/bucketVersioning:BucketVersioning models-artefacts-versioning",
          "aws:sqs/queue:Queue models-dead-letters",
          "aws:sqs/queuePolicy:QueuePolicy models-dead-letters-policy",
        ].map((line) => `${line} < ${own}`),
        `${own} < stack`,
      ].sort(),
    );
    expect(await valueOf(value.bucket)).to.equal("models-artefacts");
    expect(JSON.parse(named(registered, "models-new-version").inputs["eventPattern"] as string)).to.deep.equal({
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: { bucket: { name: ["models-artefacts"] }, object: { key: [{ wildcard: "models/*.zip" }] } },
    });
    expect(named(registered, "models-images").inputs).to.deep.include({
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
    });
    expect(named(registered, "models-build").inputs).to.deep.include({ concurrentBuildLimit: 1, buildTimeout: 60 });
  });

  it("may read models, push images, write its log and do what deploying takes, and nothing else", async () => {
    const { registered } = await make();
    expect(statements(registered, "models-build-policy").map(({ Sid, Resource }) => [Sid, Resource])).to.deep.equal([
      ["Log", "arn:models-build-log:*"],
      ["Models", "arn:models-artefacts/models/*"],
      ["Login", "*"],
      ["Images", "arn:models-images"],
      ["Deploy0", ["arn:cluster"]],
    ]);
    expect(statements(registered, "models-start-policy")).to.deep.equal([
      { Sid: "Start", Effect: "Allow", Action: ["codebuild:StartBuild"], Resource: "arn:models-build" },
    ]);
    expect(statements(registered, "models-dead-letters-policy")[0]).to.deep.include({
      Action: "sqs:SendMessage",
      Condition: { ArnEquals: { "aws:SourceArn": "arn:models-new-version" } },
    });
    expect(refusals(registered)).to.deep.equal([]);
  });

  it("encrypts by a key that it is given, and builds in a network that it is given", async () => {
    const network = { vpcId: "vpc", subnetIds: ["a"], subnetArns: ["arn:a"], securityGroupIds: ["group"] };
    const { registered } = await make({ kmsKeyArn: "arn:key", network });
    expect(named(registered, "models-dead-letters").inputs).to.include({ kmsMasterKeyId: "arn:key" });
    expect(named(registered, "models-build-log").inputs).to.include({ kmsKeyId: "arn:key" });
    expect(named(registered, "models-build").inputs).to.deep.include({
      encryptionKey: "arn:key",
      vpcConfig: { vpcId: "vpc", subnets: ["a"], securityGroupIds: ["group"] },
    });
    const sids = statements(registered, "models-build-policy").map(({ Sid }) => Sid);
    expect(sids).to.include.members(["Key", "Network", "Interface"]);
    expect(refusals(registered)).to.deep.equal([]);
  });

  it("tells a build key and version as JSON that no key can break out of", async () => {
    const { registered } = await make();
    const { inputTemplate } = named(registered, "models-start").inputs["inputTransformer"] as { inputTemplate: string };
    const key = 'models/a","type":"x"},{"name":"SERVICE","value":"evil.zip';
    const told = inputTemplate.replace("<key>", JSON.stringify(key)).replace("<version>", JSON.stringify("v1"));
    const { environmentVariablesOverride: all } = JSON.parse(told) as { environmentVariablesOverride: object[] };
    expect(all).to.deep.equal([
      { name: "MODEL_KEY", type: "PLAINTEXT", value: key },
      { name: "MODEL_VERSION", type: "PLAINTEXT", value: "v1" },
    ]);
  });

  it("runs a script that bash takes, in which no variable is read as commands, and that ends at its first failure", async () => {
    const { registered } = await make();
    const { buildspec } = named(registered, "models-build").inputs["source"] as { buildspec: string };
    const { phases } = JSON.parse(buildspec) as { phases: { build: { commands: string[] } } };
    const [script] = phases.build.commands;
    expect(script).to.match(/^set -eu\n/);
    expect(() => execFileSync("bash", ["-n"], { input: script, stdio: ["pipe", "ignore", "pipe"] })).not.to.throw();
    // Stand-ins for the tools: containerise fails, so that nothing is pushed and nothing deployed.
    const tools = ["aws", "python3", "podman", "kubectl", "jq"].map((tool) => `${tool}() { echo "${tool} $*" >&2; }`);
    const failing = [...tools, "npx() { echo npx >&2; return 1; }", script].join("\n");
    const env = {
      ...process.env,
      MODEL_BUCKET: "b",
      MODEL_KEY: 'models/$(touch x)";.zip',
      MODEL_VERSION: "v",
      SERVICE: "s",
      REPOSITORY: "r/i",
    };
    const told = (text: string): string => {
      try {
        execFileSync("bash", ["-c", `cd "$(mktemp -d)"\n${text}`], { env, stdio: ["ignore", "pipe", "pipe"] });
      } catch (thrown) {
        return String((thrown as { stderr: Buffer }).stderr);
      }
      return "";
    };
    const said = told(failing);
    expect(said).to.include('--key models/$(touch x)";.zip');
    expect(said).to.match(/npx\n$/);
    expect(said).not.to.match(/podman|kubectl/);
  });

  it("may be made twice, and shows everything in a preview, when nothing is known", async () => {
    const { registered } = await run(() => ["one", "two"].map((name) => new ModelRepository(name, base)), true);
    expect(registered.filter(({ type }) => type === "aws:codebuild/project:Project")).to.have.lengthOf(2);
  });

  for (const [what, args, path] of [
    ["a builder that a tag names", { builder: "builder:1" }, "builder"],
    ["nothing that deploys", { deploy: [] }, "deploy"],
    ["every action of a service", { deployMay: [{ actions: ["eks:*"], resources: ["*"] }] }, "deployMay"],
    ["a service's name with a space", { service: "a b" }, "service"],
    ["a time that is too short", { timeoutMin: 1 }, "timeoutMin"],
    ["one image alone", { keepImages: 1 }, "keepImages"],
  ] as const) {
    it(`refuses ${what}, naming the argument`, async () => {
      await run(() => {
        try {
          new ModelRepository("models", { ...base, ...(args as Partial<ModelRepositoryArgs>) });
        } catch (thrown) {
          const { errors } = thrown as pulumi.InputPropertiesError;
          expect(errors.map(({ propertyPath }) => propertyPath)).to.deep.equal([path]);
          return;
        }
        throw new Error("it was taken");
      });
    });
  }
});
