import { expect } from "chai";
import { imageCatalogue } from "../../../../catalogue/images/index.ts";
import type { ImageMeasurement } from "../../../../catalogue/images/schema.ts";
import { fitPerformanceModel } from "../../../../measure/performance-model.ts";
import { randomFrom } from "../../../../measure/random.ts";
import { mapImage, type MapperArgs } from "../../../../workloads/optimised-training/mapper.ts";
import { credibleSpeed } from "../../../../workloads/optimised-training/predicted.ts";
import type { ImageWish } from "../../../../workloads/optimised-training/wish.ts";
import { allPoints, dataOf, measured } from "../../../fixtures/performance.ts";

const wish: ImageWish = {
  ...{ framework: "tensorflow", version: "2.21", optimisedBuild: true, cpu: "x86", accelerator: "none" },
  ...{ compilers: ["xla"], without: [] },
};
const data = dataOf(measured(allPoints(), 0.02, randomFrom(9)));
const catalogue = imageCatalogue();
const wheel = catalogue.images.find(({ id }) => id === "tensorflow-2.21-wheel-cpu")!;
const build = { kind: "source" as const, flags: ["-march=native"], compiler: null, buildTool: null };
const twin = { ...wheel, id: "twin", build };

describe("mapImage with a performance model", function () {
  this.timeout(60_000);
  const model = fitPerformanceModel(data, "2026-11-22T12:00:00.000Z");
  const map = (args: Partial<MapperArgs> = {}, change: Partial<ImageWish> = {}) =>
    mapImage({ ...wish, ...change }, { catalogue, workload: "mnist-cnn", target: "two", model, ...args });

  const one = (value: number, compilers: ImageMeasurement["compilers"]): ImageMeasurement => ({
    ...{ image: wheel.id, compilers, workload: "mnist-cnn", target: "two", n: 5, at: "2026-11-22" },
    ...{ epochSec: { value, low: value, high: value }, record: "0".repeat(64) },
  });

  it("says what is expected where nobody measured, with its interval and its records", () => {
    const { chosen, notes } = map();
    expect(chosen?.expected?.basis).to.equal("predicted");
    // The fixture's XLA makes it 1.3 times slower.
    expect(chosen?.expected?.speedup).to.be.closeTo(1 / 1.3, 0.05);
    expect(chosen?.reasons[2]).to.match(
      /^predicted 0\.\d\d \(0\.\d\d–\d\.\d\d\) from 96 records: times as fast as plain; nobody measured it$/,
    );
    expect(notes.join()).to.include("Whether xla makes this faster is not measured");
  });

  it("never takes a prediction where there is a measurement", () => {
    const { chosen } = map({ measurements: [one(10, ["onednn"]), one(5, ["xla", "onednn"])] });
    expect(chosen?.expected).to.deep.include({ basis: "measured", speedup: 2, range: { low: 2, high: 2 } });
    expect(chosen?.reasons.join()).to.not.include("predicted");
  });

  it("does not predict what it would have to extrapolate, and says so", () => {
    const { chosen, runnersUp } = map({ catalogue: { ...catalogue, images: [wheel, twin] } });
    const candidate = [chosen, ...runnersUp].find((each) => each?.image.id === "twin");
    expect(candidate?.expected).to.equal(null);
    expect(candidate?.reasons).to.include("its speed is not predicted: the model would extrapolate in build source");
  });

  it("says nothing of a target or a workload that the model does not know", () => {
    expect(map({ target: "moon" }).chosen?.expected).to.equal(null);
    expect(map({ target: undefined }).chosen?.expected).to.equal(null);
    expect(map({ workload: null }).chosen?.expected).to.equal(null);
  });

  it("ranks by what is credible of a prediction", () => {
    expect([
      credibleSpeed({ low: 1.1, high: 1.6 }),
      credibleSpeed({ low: 0.9, high: 1.6 }),
      credibleSpeed({ low: 0.5, high: 0.8 }),
    ]).to.deep.equal([1.1, 1, 0.8]);
    // Slower by prediction, beside one of which nothing is known, which counts as plain.
    const slow = map({ catalogue: { ...catalogue, images: [wheel, twin] } }, { optimisedBuild: true });
    expect(slow.chosen?.image.id).to.equal("twin");
  });
});
