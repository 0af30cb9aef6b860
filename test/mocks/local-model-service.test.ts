import { expect } from "chai";
import type { Endpoint } from "../../components/host.ts";
import { ImagePush, ModelService, Run, ServiceFunction } from "../../components/index.ts";
import { modelServicePrograms } from "../../workloads/index.ts";
import { packageFacts } from "../fixtures/function/package.ts";
import { serviceImage } from "../fixtures/service-image.ts";
import { frontOutputs, listed, named, run, runId, valueOf } from "./engine.ts";

const start = (): Run => new Run("run", { project: "underlay", stack: "test" });
const source = { source: "/srv/pictures", programs: "/workloads/model-service" };

describe("what becomes of a model's source", () => {
  it("is an image and a container under the service, twice in one program, with every argument given", async () => {
    const shape = { port: 8080, cpus: 0.5, memoryMiB: 512, workers: 2, threads: 8 };
    const more = { entry: "m.onnx", make: "train.py", trust: true, batching: true, python: "3.11", mostModelMiB: 10 };
    const { value, registered } = await run(() => {
      const own = start();
      const service: Endpoint = new ModelService("one", { run: own, ...source, ...more, ...shape });
      new ModelService("two", { run: own, ...source });
      return service;
    });
    expect(listed(registered)).to.deep.equal(
      [
        "underlay:index:Run run < stack",
        ...["one", "two"].flatMap((name) => [
          `underlay:index:ServiceContainer ${name}-container < underlay:local:ModelService ${name}`,
          `underlay:index:ServiceImage ${name}-image < underlay:local:ModelService ${name}`,
          `underlay:local:ModelService ${name} < stack`,
        ]),
      ].sort(),
    );
    expect(named(registered, "one-image").inputs).to.deep.equal({
      name: "one-image",
      service: "one",
      ...source,
      ...more,
    });
    const container = { name: "one-container", runId, service: serviceImage };
    expect(named(registered, "one-container").inputs).to.deep.equal({ ...container, ...shape });
    expect(named(registered, "two-container").inputs).to.deep.equal({ ...container, name: "two-container" });
    expect(value.environment).to.equal("container-on-bare-metal");
    expect([await valueOf(value.url), value.control]).to.deep.equal([frontOutputs.url, undefined]);
  });

  it("goes to a registry by its digest, and into a function by the same source", async () => {
    const target = "registry.test/team/pictures:1";
    const { value, registered } = await run(() => {
      const { image } = new ModelService("one", { run: start(), ...source });
      const { archive } = new ServiceFunction("fn", source);
      return {
        archive,
        pushed: new ImagePush("push", { service: image, target, username: "me", password: "word" }).pushed,
      };
    });
    expect(await valueOf(value.pushed)).to.equal(`${target}@${serviceImage.digest}`);
    expect(await valueOf(value.archive)).to.deep.equal(packageFacts);
    expect(named(registered, "push").inputs).to.deep.include({ name: "push", target, service: serviceImage });
    expect(named(registered, "fn").inputs).to.deep.equal({ name: "fn", ...source });
  });
});

describe("the example of a model's service on this machine", () => {
  it("serves the example's source under its own name, and tells address, image and price", async () => {
    const { value, registered } = await run(() => import("../../examples/model-service/index.ts"));
    expect(named(registered, "model").type).to.equal("underlay:local:ModelService");
    const { inputs } = named(registered, "model-image");
    expect(inputs["source"]).to.match(/\/fashion-mnist$/);
    expect(inputs).to.include({ service: "fashion-mnist", programs: modelServicePrograms });
    expect(await valueOf(value.url)).to.equal(frontOutputs.url);
    expect(await valueOf(value.imageDigest)).to.equal(serviceImage.digest);
    expect((await valueOf(value.pricePerHour))?.value).to.equal(null);
  });
});
