import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { priceBook } from "../../catalogue/prices/index.ts";
import { LambdaEndpoint, type LambdaEndpointArgs, type PackagedFunction } from "../../components/aws/index.ts";
import { listed, named, type Registered, run, valueOf } from "./engine.ts";

const archive: PackagedFunction = {
  path: "/tmp/function.zip",
  sha256: "ab".repeat(32),
  model: { name: "squeezenet-1.0", sha256: "cd".repeat(32), bytes: 5_000_000, weights: "random" },
  handler: "handler.handler",
  runtime: "python3.11",
  architecture: "x86_64",
};
const { path: _path, handler: _handler, runtime: _runtime, ...shared } = archive;
const image = { ...shared, uri: "1.dkr.ecr.eu-west-1.amazonaws.com/serve@sha256:00" };

const component = "underlay:aws:LambdaEndpoint api";
const always = [
  "aws:apigatewayv2/api:Api api-api",
  "aws:apigatewayv2/integration:Integration api-integration",
  "aws:apigatewayv2/route:Route api-get",
  "aws:apigatewayv2/route:Route api-post",
  "aws:apigatewayv2/stage:Stage api-stage",
  "aws:cloudwatch/logGroup:LogGroup api-access-log",
  "aws:cloudwatch/logGroup:LogGroup api-log",
  "aws:iam/role:Role api-role",
  "aws:iam/rolePolicy:RolePolicy api-role-policy",
  "aws:lambda/alias:Alias api-alias",
  "aws:lambda/function:Function api-function",
  "aws:lambda/permission:Permission api-permission",
];
const bucket = [
  "aws:s3/bucket:Bucket api-artefacts",
  "aws:s3/bucketPolicy:BucketPolicy api-artefacts-policy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock api-artefacts-closed",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration api-artefacts-encryption",
  "aws:s3/bucketVersioning:BucketVersioning api-artefacts-versioning",
];

const make = (args: LambdaEndpointArgs, preview = false) => run(() => new LambdaEndpoint("api", args), preview);
const expected = (...more: string[]): string[] =>
  [...[...always, ...more].map((line) => `${line} < ${component}`), `${component} < stack`].sort();

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
}
function statements(registered: readonly Registered[], name: string): Statement[] {
  const policy = named(registered, name).inputs["policy"] as string;
  return (JSON.parse(policy) as { Statement: Statement[] }).Statement;
}

describe("an endpoint on AWS Lambda", () => {
  it("gives its tags to all of it that can have some", async () => {
    const tags = { run: "r000000001", expires: "2030-12-31" };
    const { registered } = await make({
      ...{ package: archive, packageInBucket: true, keepWarm: { minimum: 1, everyMin: 5 }, tags },
    });
    for (const name of ["function", "log", "access-log", "api", "role", "warmer-role", "artefacts"]) {
      expect(named(registered, `api-${name}`).inputs, name).to.deep.include({ tags });
    }
  });

  it("is a function behind an HTTP API, with logs that end and nothing else", async () => {
    const { value, registered } = await make({ package: archive, variables: { LEVEL: "info" }, maximumInstances: 9 });
    expect(listed(registered)).to.deep.equal(expected());
    expect(named(registered, "api-function").inputs).to.deep.include({
      role: "arn:api-role",
      packageType: "Zip",
      handler: "handler.handler",
      runtime: "python3.11",
      architectures: ["x86_64"],
      memorySize: 1024,
      timeout: 30,
      ephemeralStorage: { size: 512 },
      environment: { variables: { LEVEL: "info" } },
      loggingConfig: { logFormat: "Text", logGroup: "api-log" },
      publish: true,
      reservedConcurrentExecutions: 9,
      sourceCodeHash: Buffer.from("ab".repeat(32), "hex").toString("base64"),
    });
    expect(named(registered, "api-log").inputs).to.deep.include({ retentionInDays: 14 });
    expect(named(registered, "api-access-log").inputs).to.deep.include({ retentionInDays: 14 });
    expect(await valueOf(value.url)).to.equal("https://api-api.test");
    expect(await valueOf(value.facts)).to.deep.include({
      target: "aws",
      memoryMiB: 1024,
      cpus: null,
      maximumInstances: 9,
    });
    expect(value).to.include({ environment: "serverless", control: undefined });
    expect(await valueOf(value.keepWarmPerMonth)).to.equal(null);
  });

  it("answers GET and POST of /predict alone, limited in rate, and notes requests down without their content", async () => {
    const { registered } = await make({ package: archive, ratePerSec: 5, burst: 7, timeoutSec: 20 });
    for (const [name, routeKey] of [
      ["api-get", "GET /predict"],
      ["api-post", "POST /predict"],
    ] as const) {
      expect(named(registered, name).inputs).to.deep.include({
        routeKey,
        target: "integrations/api-integration-id",
        authorizationType: "NONE",
      });
    }
    expect(named(registered, "api-integration").inputs).to.deep.include({
      integrationType: "AWS_PROXY",
      integrationUri: "arn:api-alias",
      payloadFormatVersion: "2.0",
      timeoutMilliseconds: 20_000,
    });
    const { inputs } = named(registered, "api-stage");
    expect(inputs["defaultRouteSettings"]).to.deep.equal({ throttlingRateLimit: 5, throttlingBurstLimit: 7 });
    const { format } = inputs["accessLogSettings"] as { format: string };
    expect(format).not.to.match(/sourceIp|userAgent|authorizer|identity/);
    expect(named(registered, "api-permission").inputs).to.deep.include({
      action: "lambda:InvokeFunction",
      principal: "apigateway.amazonaws.com",
      sourceArn: "execute:api-api/*/*/predict",
      qualifier: "live",
    });
  });

  it("may do no more than write its own log", async () => {
    const { registered } = await make({ package: archive });
    expect(statements(registered, "api-role-policy")).to.deep.equal([
      {
        Sid: "Log",
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: "arn:api-log:*",
      },
    ]);
    const trusted = JSON.parse(named(registered, "api-role").inputs["assumeRolePolicy"] as string) as object;
    expect(trusted).to.deep.include({
      Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
    });
  });

  it("reads a model out of a bucket of its own: encrypted, versioned, private, by TLS alone", async () => {
    const modelFile = pulumi.output("/tmp/model.onnx");
    const { registered } = await make({ package: archive, modelFile, kmsKeyArn: "arn:key" });
    expect(listed(registered)).to.deep.equal(expected(...bucket, "aws:s3/bucketObjectv2:BucketObjectv2 api-model"));
    expect(named(registered, "api-artefacts-closed").inputs).to.deep.include({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(named(registered, "api-artefacts-versioning").inputs).to.deep.include({
      versioningConfiguration: { status: "Enabled" },
    });
    expect(named(registered, "api-artefacts-encryption").inputs["rules"]).to.deep.equal([
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: "arn:key" },
        bucketKeyEnabled: true,
      },
    ]);
    expect(statements(registered, "api-artefacts-policy")).to.deep.include({
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: ["arn:api-artefacts", "arn:api-artefacts/*"],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    expect(named(registered, "api-function").inputs["environment"]).to.deep.equal({
      variables: { MODEL_BUCKET: "api-artefacts", MODEL_KEY: "model.onnx" },
    });
    const own = statements(registered, "api-role-policy").map(({ Action, Resource }) => [Action, Resource]);
    expect(own.slice(1)).to.deep.equal([
      [["s3:GetObject"], "arn:api-artefacts/model.onnx"],
      [["kms:Decrypt"], "arn:key"],
    ]);
    for (const name of ["api-log", "api-access-log"]) {
      expect(named(registered, name).inputs).to.deep.include({ kmsKeyId: "arn:key" });
    }
  });

  it("uploads a large archive through the bucket, by the version that it was put there as", async () => {
    const { registered } = await make({ package: pulumi.output(archive), packageInBucket: true });
    expect(listed(registered)).to.deep.equal(expected(...bucket, "aws:s3/bucketObjectv2:BucketObjectv2 api-package"));
    expect(named(registered, "api-function").inputs).to.deep.include({
      s3Bucket: "api-artefacts",
      s3Key: "package.zip",
      s3ObjectVersion: "v1",
    });
    expect(named(registered, "api-artefacts-encryption").inputs["rules"]).to.deep.equal([
      { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, bucketKeyEnabled: true },
    ]);
  });

  it("takes a container image instead, on either instruction set", async () => {
    const { value, registered } = await make({ image: { ...image, architecture: "arm64" } });
    const { inputs } = named(registered, "api-function");
    expect(inputs).to.deep.include({ packageType: "Image", imageUri: image.uri, architectures: ["arm64"] });
    expect(inputs).not.to.have.any.keys("handler", "runtime", "code");
    expect(await valueOf(value.facts)).to.include({ runtime: "container image", architecture: "arm64" });
  });

  it("asks for IAM, or for a token", async () => {
    const iam = (await make({ package: archive, iamAuthorisation: true })).registered;
    expect(named(iam, "api-post").inputs).to.include({ authorizationType: "AWS_IAM" });
    const jwt = { issuer: "https://issuer.test", audiences: ["predictions"] };
    const { registered } = await make({ package: archive, jwt });
    expect(listed(registered)).to.deep.equal(expected("aws:apigatewayv2/authorizer:Authorizer api-authorizer"));
    expect(named(registered, "api-authorizer").inputs).to.deep.include({
      authorizerType: "JWT",
      identitySources: ["$request.header.Authorization"],
      jwtConfiguration: jwt,
    });
    expect(named(registered, "api-get").inputs).to.include({
      authorizationType: "JWT",
      authorizerId: "api-authorizer-id",
    });
  });

  it("keeps provisioned instances warm, and says what they cost in a month", async () => {
    const prices = priceBook("aws-2026");
    const { value, registered } = await make({ package: archive, keepWarm: { minimum: 3 }, prices });
    expect(listed(registered)).to.deep.equal(
      expected("aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig api-provisioned"),
    );
    expect(named(registered, "api-provisioned").inputs).to.deep.include({
      functionName: "api-function",
      qualifier: "live",
      provisionedConcurrentExecutions: 3,
    });
    // 3 GiB for 730 hours at USD 0.0000041667 for a GiB-second.
    expect(await valueOf(value.keepWarmPerMonth)).to.be.closeTo(32.85, 0.005);
  });

  it("keeps instances warm by a schedule that may invoke this function alone", async () => {
    const prices = priceBook("aws-2026");
    const { value, registered } = await make({ package: archive, keepWarm: { minimum: 2, everyMin: 5 }, prices });
    expect(listed(registered)).to.deep.equal(
      expected(
        "aws:iam/role:Role api-warmer-role",
        "aws:iam/rolePolicy:RolePolicy api-warmer-policy",
        "aws:scheduler/schedule:Schedule api-warmer-1",
        "aws:scheduler/schedule:Schedule api-warmer-2",
      ),
    );
    expect(named(registered, "api-warmer-2").inputs).to.deep.include({ scheduleExpression: "rate(5 minutes)" });
    expect(statements(registered, "api-warmer-policy")).to.deep.equal([
      { Sid: "Warm", Effect: "Allow", Action: ["lambda:InvokeFunction"], Resource: "arn:api-alias" },
    ]);
    // 2 × 8,760 requests of 1 ms on 1 GiB.
    expect(await valueOf(value.keepWarmPerMonth)).to.be.closeTo(17_520 * (0.2e-6 + 0.0000166667e-3), 1e-9);
    const minutely = (await make({ package: archive, keepWarm: { minimum: 1, everyMin: 1 } })).registered;
    expect(named(minutely, "api-warmer-1").inputs).to.deep.include({ scheduleExpression: "rate(1 minute)" });
  });

  it("shows all of its resources in a preview, when nothing is known", async () => {
    const { value, registered } = await make(
      {
        package: pulumi.output(archive),
        modelFile: pulumi.output("/tmp/model.onnx"),
        keepWarm: { minimum: 1 },
        jwt: { issuer: "https://issuer.test", audiences: ["predictions"] },
      },
      true,
    );
    expect(listed(registered)).to.deep.equal(
      expected(
        ...bucket,
        "aws:apigatewayv2/authorizer:Authorizer api-authorizer",
        "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig api-provisioned",
        "aws:s3/bucketObjectv2:BucketObjectv2 api-model",
      ),
    );
    expect(await valueOf(value.url)).to.equal(undefined);
    expect(await valueOf(value.functionName)).to.equal(undefined);
  });

  it("may be made twice in one program", async () => {
    const { registered } = await run(() =>
      ["one", "two"].map((name) => new LambdaEndpoint(name, { package: archive })),
    );
    const names = registered.filter(({ type }) => type === "aws:lambda/function:Function").map(({ name }) => name);
    expect(names.sort()).to.deep.equal(["one-function", "two-function"]);
  });

  for (const [what, args, path] of [
    ["neither package nor image", {}, "package"],
    ["both package and image", { package: archive, image }, "package"],
    ["an image through the bucket", { image, packageInBucket: true }, "packageInBucket"],
    ["two ways to authorise", { package: archive, iamAuthorisation: true, jwt: { issuer: "a", audiences: [] } }, "jwt"],
    ["too little memory", { package: archive, memoryMiB: 127 }, "memoryMiB"],
    ["half a MiB", { package: archive, memoryMiB: 256.5 }, "memoryMiB"],
    ["too long a time", { package: archive, timeoutSec: 901 }, "timeoutSec"],
    ["too little storage", { package: archive, ephemeralStorageMiB: 511 }, "ephemeralStorageMiB"],
    ["a retention that the service has not", { package: archive, logRetentionDays: 2 }, "logRetentionDays"],
    ["no rate", { package: archive, ratePerSec: 0 }, "ratePerSec"],
    ["no instance to keep warm", { package: archive, keepWarm: { minimum: 0 } }, "keepWarm.minimum"],
    ["too rare a schedule", { package: archive, keepWarm: { minimum: 1, everyMin: 60 } }, "keepWarm.everyMin"],
  ] as const) {
    it(`refuses ${what}, naming the argument`, async () => {
      await run(() => {
        try {
          new LambdaEndpoint("api", args as LambdaEndpointArgs);
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
