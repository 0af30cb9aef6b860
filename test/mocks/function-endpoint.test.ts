import { expect } from "chai";
import type { Endpoint } from "../../components/host.ts";
import { FunctionEndpoint, FunctionPackage, Run } from "../../components/index.ts";
import { packageFacts } from "../fixtures/function/package.ts";
import { frontOutputs, listed, named, run, runId, valueOf } from "./engine.ts";

const start = (): Run => new Run("run", { project: "underlay", stack: "test" });
const runLine = "underlay:index:Run run < stack";
const directory = "/workloads/serving";

describe("a function's package", () => {
  it("is a resource that asks for a model, and gives an archive", async () => {
    const { value, registered } = await run(() => new FunctionPackage("model", { directory, model: "resnet-18" }));
    expect(listed(registered)).to.deep.equal(["underlay:index:FunctionPackage model < stack"]);
    expect(named(registered, "model").inputs).to.deep.equal({ name: "model", directory, model: "resnet-18" });
    expect(await valueOf(value.archive)).to.deep.equal(packageFacts);
  });
});

describe("a function's endpoint on the machine at hand", () => {
  it("is one front under the endpoint, with every argument given", async () => {
    const shape = {
      ...{ memoryMiB: 512, timeoutSec: 5, ephemeralStorageMiB: 1024, maximumInstances: 3, idleSec: 60, network: true },
      ...{ edition: "2017" as const, variables: { GREETING: "hello" } },
    };
    const { value, registered } = await run(() => {
      const { archive } = new FunctionPackage("model", { directory, model: "resnet-18" });
      const endpoint: Endpoint = new FunctionEndpoint("fn", { run: start(), package: archive, ...shape });
      return endpoint;
    });
    expect(listed(registered)).to.deep.equal([
      "underlay:index:FunctionFront fn-front < underlay:local:FunctionEndpoint fn",
      "underlay:index:FunctionPackage model < stack",
      runLine,
      "underlay:local:FunctionEndpoint fn < stack",
    ]);
    const inputs = { name: "fn-front", runId, package: packageFacts, ...shape };
    expect(named(registered, "fn-front").inputs).to.deep.equal(inputs);
    expect(value.environment).to.equal("serverless");
    expect(await valueOf(value.url)).to.equal(frontOutputs.url);
    expect(await valueOf(value.facts)).to.deep.equal(frontOutputs.facts);
    expect(await valueOf(value.control!)).to.deep.equal(frontOutputs.control);
  });

  it("has one CPU's memory unless it is given another, and may be made twice in one program", async () => {
    const { registered } = await run(() => {
      const own = start();
      return ["one", "two"].map((name) => new FunctionEndpoint(name, { run: own, package: packageFacts }));
    });
    for (const name of ["one", "two"]) {
      const inputs = { name: `${name}-front`, runId, package: packageFacts, memoryMiB: 1769 };
      expect(named(registered, `${name}-front`).inputs).to.deep.equal(inputs);
      expect(named(registered, `${name}-front`).parent).to.equal(`underlay:local:FunctionEndpoint ${name}`);
    }
  });

  it("shows its front in a preview, although nothing is known of its package", async () => {
    const { value, registered } = await run(() => {
      const { archive } = new FunctionPackage("model", { directory, model: "squeezenet-1.0" });
      return new FunctionEndpoint("fn", { run: start(), package: archive });
    }, true);
    expect(registered.map(({ name }) => name)).to.include.members(["model", "fn", "fn-front"]);
    for (const output of [value.url, value.facts, value.control]) {
      expect(await valueOf<unknown>(output)).to.equal(undefined);
    }
  });
});
