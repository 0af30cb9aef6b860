import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { LambdaEndpoint } from "../../components/aws/index.ts";
import { type Endpoint, Run } from "../../components/index.ts";
import { makeStack } from "../../stacks/index.ts";
import { Serving, servingPlan } from "../../workloads/index.ts";
import { hostFactsOf } from "../../workloads/serving/facts.ts";
import { packageFacts } from "../fixtures/function/package.ts";
import { endpointFacts } from "../fixtures/serving.ts";
import { rejectionOf } from "../support/expect-error.ts";
import { fullMachine, TemporaryHomes } from "../support/machine-file.ts";
import { listed, named, results, run, runId, valueOf } from "./engine.ts";

const facts = endpointFacts(512);
const start = (): Run => new Run("run", { project: "underlay", stack: "test" });
const endpoint = (): Endpoint => ({
  environment: "serverless",
  url: pulumi.output("http://127.0.0.1:8080"),
  facts: pulumi.output(facts),
  control: pulumi.output({ socket: "/tmp/control", log: "/tmp/log" }),
});

describe("a load on an endpoint", () => {
  it("is one measurement from the machine at hand, of the function that it is on", async () => {
    const { value, registered } = await run(() => new Serving("serving", { run: start(), endpoint: endpoint() }));
    expect(listed(registered)).to.deep.equal([
      "underlay:index:Measurement serving-measurement < underlay:workloads:Serving serving",
      "underlay:index:Run run < stack",
      "underlay:workloads:Serving serving < stack",
    ]);
    const by = {
      url: "http://127.0.0.1:8080/predict",
      eviction: { by: "socket", path: "/tmp/control" },
      reports: { from: "file", path: "/tmp/log" },
    };
    expect(named(registered, "serving-measurement").inputs).to.deep.equal({
      name: "serving-measurement",
      runId,
      hosts: [{ environment: "serverless", connection: { hops: [] }, facts: hostFactsOf(facts) }],
      baseline: "serverless",
      plan: servingPlan({}, by, { model: "squeezenet-1.0", endpoint: facts }),
      recordDirectory: "out/records",
    });
    expect(await valueOf(value.results)).to.deep.equal(results);
  });

  it("waits for cold starts where nothing evicts, or evicts by a command; its log may be one of a command too", async () => {
    const { control: _control, ...rest } = endpoint();
    const bare = { ...rest, control: undefined };
    const commands = { evictBy: ["evict", "now"], reportsBy: ["logs"] };
    const { registered } = await run(() => {
      const own = start();
      return [
        new Serving("waits", { run: own, endpoint: bare }),
        new Serving("commands", { run: own, endpoint: bare, ...commands }),
      ];
    });
    const optionsOf = (name: string) =>
      (named(registered, name).inputs["plan"] as { options: Record<string, unknown> }).options;
    expect(optionsOf("waits-measurement")).to.deep.include({ eviction: { by: "wait", seconds: 600 }, reports: null });
    expect(optionsOf("commands-measurement")).to.deep.include({
      eviction: { by: "command", argv: ["evict", "now"] },
      reports: { from: "command", argv: ["logs"] },
    });
  });

  it("takes an endpoint on AWS Lambda as it takes one of this machine", async () => {
    const { registered } = await run(() => {
      const lambda = new LambdaEndpoint("api", { package: packageFacts });
      return new Serving("serving", { run: start(), endpoint: lambda });
    });
    const { inputs } = named(registered, "serving-measurement");
    expect(inputs["hosts"]).to.have.nested.property("[0].facts.virtualisation", "AWS Lambda");
    expect(inputs["plan"]).to.have.nested.property("options.url", "https://api-api.test/predict");
    expect(inputs["plan"]).to.have.nested.property("options.endpoint.packageSha256", packageFacts.sha256);
  });

  it("shows its measurement in a preview, and has no results there", async () => {
    const { value, registered } = await run(() => {
      const lambda = new LambdaEndpoint("api", { package: packageFacts });
      return new Serving("serving", { run: start(), endpoint: lambda });
    }, true);
    expect(named(registered, "serving-measurement").inputs).to.include({ baseline: "serverless" });
    expect(await valueOf(value.results)).to.equal(undefined);
  });
});

describe("the stack `serverless`", () => {
  let homes: TemporaryHomes;
  beforeEach(() => {
    homes = new TemporaryHomes();
    homes.writeMachine(fullMachine);
  });
  afterEach(() => {
    homes.restore();
  });

  it("packages a model, stands a function and sends it requests", async () => {
    const { registered } = await run(() =>
      makeStack({
        "underlay:environment": "serverless",
        "underlay:model": "resnet-18",
        "underlay:memoryMiB": "1024",
        "underlay:edition": "2017",
        "underlay:series": "warm,scale",
        "underlay:profile": "paper",
      }),
    );
    expect(listed(registered)).to.deep.equal([
      "underlay:index:FunctionFront endpoint-front < underlay:local:FunctionEndpoint endpoint",
      "underlay:index:FunctionPackage package < stack",
      "underlay:index:Measurement serving-measurement < underlay:workloads:Serving serving",
      "underlay:index:Run run < stack",
      "underlay:local:FunctionEndpoint endpoint < stack",
      "underlay:workloads:Serving serving < stack",
    ]);
    expect(named(registered, "package").inputs).to.include({ model: "resnet-18", seed: 1 });
    expect(named(registered, "endpoint-front").inputs).to.include({ memoryMiB: 1024, edition: "2017" });
  });

  it("on AWS uploads the same package, and reads the function's log by the account's own command line", async () => {
    const { registered } = await run(() =>
      makeStack({
        "underlay:environment": "serverless",
        "underlay:target": "aws",
        "underlay:memoryMiB": "10240",
        "aws:region": "eu-central-1",
        "aws:profile": "measuring",
      }),
    );
    const types = registered.map(({ type }) => type);
    expect(types).to.include.members(["underlay:index:FunctionPackage", "aws:lambda/function:Function"]);
    expect(types).not.to.include("underlay:index:FunctionFront");
    const served = named(registered, "endpoint-function").inputs;
    expect(served).to.include({ memorySize: 10_240, s3Bucket: "endpoint-artefacts" });
    expect(served).to.have.property("sourceCodeHash", Buffer.from(packageFacts.sha256, "hex").toString("base64"));
    expect(served).not.to.have.property("reservedConcurrentExecutions");
    const { options } = named(registered, "serving-measurement").inputs["plan"] as { options: Record<string, unknown> };
    expect(options).to.deep.include({
      eviction: { by: "wait", seconds: 600 },
      url: "https://endpoint-api.test/predict",
    });
    const { argv } = options["reports"] as { argv: string[] };
    expect(argv.slice(0, 5)).to.deep.equal(["aws", "logs", "filter-log-events", "--log-group-name", "endpoint-log"]);
    expect(argv.slice(-4)).to.deep.equal(["--region", "eu-central-1", "--profile", "measuring"]);
  });

  it("has rules of 2017 on this machine alone", async () => {
    const config = { environment: "serverless", target: "aws", edition: "2017" };
    const all = Object.fromEntries(Object.entries(config).map(([key, value]) => [`underlay:${key}`, value]));
    expect((await rejectionOf(makeStack(all))).message).to.match(
      /underlay:edition is "2017", but must be current where/,
    );
  });

  for (const [key, value, said] of [
    ["target", "azure", /must be one of local, aws/],
    ["modell", "resnet-18", /no such key. Did you mean underlay:model\?/],
    ["model", "resnet50", /must be one of squeezenet-1\.0, resnet-18, resnext-50/],
    ["memoryMiB", "64", /must be a whole number from 128/],
    ["series", "warm,hot", /must be some of cold, warm, scale/],
    ["ratePerSec", "0", /must be above 0/],
    ["trace", "/nowhere/trace", /must be a file of times/],
  ] as const) {
    it(`refuses ${key} "${value}"`, async () => {
      const config = { "underlay:environment": "serverless", [`underlay:${key}`]: value };
      expect((await rejectionOf(makeStack(config))).message).to.match(said);
    });
  }
});

describe("the example of an endpoint on AWS Lambda", () => {
  it("is one package behind an API that asks for IAM, kept warm, with a price", async () => {
    const { value, registered } = await run(() => import("../../examples/lambda-endpoint/index.ts"));
    expect(named(registered, "predictions").type).to.equal("underlay:aws:LambdaEndpoint");
    expect(named(registered, "squeezenet").inputs).to.include({ model: "squeezenet-1.0" });
    const routes = registered.filter(({ type }) => type === "aws:apigatewayv2/route:Route");
    expect(routes.map(({ inputs }) => inputs["authorizationType"])).to.deep.equal(["AWS_IAM", "AWS_IAM"]);
    expect(await valueOf(value.packageSha256)).to.equal(packageFacts.sha256);
    expect(await valueOf(value.url)).to.equal("https://predictions-api.test");
    expect(await valueOf(value.keepWarmPerMonth)).to.be.within(0.001, 1);
  });
});
