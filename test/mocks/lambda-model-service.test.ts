import { expect } from "chai";
import { priceBook } from "../../catalogue/prices/index.ts";
import { LambdaModelService, type LambdaModelServiceArgs } from "../../components/aws/index.ts";
import { named, run, valueOf } from "./engine.ts";
import { refusals } from "./refusals.ts";

const sha256 = "ab".repeat(32);
const image = {
  ...{ uri: `1.dkr.ecr.us-east-1.amazonaws.com/mnist@sha256:${sha256}`, sha256, architecture: "x86_64" as const },
  model: { name: "fashion-mnist", sha256: "cd".repeat(32), bytes: 4_000_000, weights: "trained" as const },
};
const make = (args: Partial<LambdaModelServiceArgs> = {}, preview = false) =>
  run(() => new LambdaModelService("mnist", { image, memoryMiB: 1024, ...args }), preview);

describe("a model's service on AWS Lambda", () => {
  it("is the endpoint of its image, with its digest and what it costs", async () => {
    const { value, registered } = await make({
      prices: priceBook("aws-2026"),
      measuredSec: 0.05,
      keepWarm: { minimum: 2 },
    });
    expect(named(registered, "mnist-function").inputs).to.deep.include({ packageType: "Image", imageUri: image.uri });
    expect(await valueOf(value.url)).to.equal("https://mnist-api.test");
    expect(await valueOf(value.imageDigest)).to.equal(`sha256:${sha256}`);
    // 50 ms of a GiB, a request, and one through the HTTP API; two instances of a GiB that are kept ready.
    const each = (await valueOf(value.pricePerThousand))!;
    expect(each.value).to.be.closeTo(50 * 0.0000166667 + 0.0002 + 0.001, 1e-9);
    expect(each).to.include({ currency: "USD", asOf: "2026-09" });
    expect((await valueOf(value.pricePerHour))!.value).to.be.closeTo(2 * 3600 * 0.0000041667, 1e-9);
    expect(refusals(registered)).to.deep.equal([]);
  });

  it("says why a price is not known, and costs nothing while nobody asks and none is kept", async () => {
    const unknown = (await make()).value;
    expect((await valueOf(unknown.pricePerHour))!.reason).to.match(/give prices/);
    expect((await valueOf(unknown.pricePerThousand))!.reason).to.match(/give prices/);
    const unmeasured = (await make({ prices: priceBook("aws-2026") })).value;
    expect((await valueOf(unmeasured.pricePerThousand))!.reason).to.match(/give measuredSec/);
    expect(await valueOf(unmeasured.pricePerHour)).to.include({ value: 0, asOf: "2026-09" });
    const old = (await make({ prices: priceBook("aws-2017"), memoryMiB: 3008, measuredSec: 0.05 })).value;
    expect((await valueOf(old.pricePerThousand))!.reason).to.match(/no price for 3008 MB/);
  });

  it("may be made twice, and shows everything in a preview, when nothing is known", async () => {
    const { registered } = await run(() => ["one", "two"].map((name) => new LambdaModelService(name, { image })), true);
    expect(registered.filter(({ type }) => type === "aws:lambda/function:Function")).to.have.lengthOf(2);
  });
});
