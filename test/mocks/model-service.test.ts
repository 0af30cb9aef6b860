import { expect } from "chai";
import { ModelService, type ModelServiceArgs, Run } from "../../components/index.ts";
import { listed, named, run, runId, valueOf } from "./engine.ts";

const make = (name: string, args: Partial<ModelServiceArgs> = {}): ModelService => {
  const own = new Run(`${name}-run`, { project: "underlay", stack: "test" });
  return new ModelService(name, { run: own, source: "/models/mnist", programs: "/programs", ...args });
};

describe("a model's service on this machine", () => {
  it("is an image of its source and a container of it, with digest, address and price", async () => {
    const nodePrice = { perHour: 0.4, currency: "EUR", asOf: "2026-11-01", cpus: 8, memoryMiB: 16_384 };
    const { value, registered } = await run(() => make("mnist", { nodePrice, requestsPerSec: 20, memoryMiB: 1024 }));
    const own = "underlay:local:ModelService mnist";
    expect(listed(registered).filter((line) => line.endsWith(`< ${own}`))).to.deep.equal([
      `underlay:index:ServiceContainer mnist-container < ${own}`,
      `underlay:index:ServiceImage mnist-image < ${own}`,
    ]);
    const { inputs } = named(registered, "mnist-container");
    expect(inputs).to.deep.include({ runId, memoryMiB: 1024 });
    expect(named(registered, "mnist-image").inputs).not.to.have.any.keys("nodePrice", "requestsPerSec");
    expect(await valueOf(value.url)).to.equal("http://127.0.0.1:8080");
    expect(await valueOf(value.imageDigest)).to.match(/^sha256:(?:ab){32}$/);
    // One CPU of eight.
    expect(await valueOf(value.pricePerHour)).to.deep.include({ value: 0.05, currency: "EUR", asOf: "2026-11-01" });
    expect((await valueOf(value.pricePerThousand))!.value).to.be.closeTo(0.05 / 72, 1e-12);
  });

  it("says why it has no price", async () => {
    const { value } = await run(() => make("mnist"));
    expect((await valueOf(value.pricePerHour))!.reason).to.match(/price book/);
    const nodePrice = { perHour: 0.4, currency: "EUR", asOf: "2026-11-01", cpus: 8, memoryMiB: 16_384 };
    const priced = (await run(() => make("mnist", { nodePrice }))).value;
    expect((await valueOf(priced.pricePerThousand))!.reason).to.match(/nobody measured/);
  });

  it("may be made twice, and shows everything in a preview, when nothing is known", async () => {
    const { registered } = await run(() => ["one", "two"].map((name) => make(name)), true);
    expect(registered.filter(({ type }) => type === "underlay:index:ServiceContainer")).to.have.lengthOf(2);
  });
});
