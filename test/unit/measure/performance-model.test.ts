import { expect } from "chai";
import {
  fitPerformanceModel,
  type PerformanceModelFile,
  readPerformanceModel,
} from "../../../measure/performance-model.ts";
import { fitTo } from "../../../measure/performance/fit.ts";
import { randomFrom } from "../../../measure/random.ts";
import { performanceModelText } from "../../../report/performance-model.ts";
import { allPoints, benchmarks, dataOf, measured, targets, trueSeconds } from "../../fixtures/performance.ts";
import { errorOf } from "../../support/expect-error.ts";

const at = "2026-11-22T12:00:00.000Z";
const data = dataOf(measured(allPoints(), 0.05, randomFrom(7)));
const plain = { framework: "tensorflow", build: "wheel", compilers: ["onednn"] } as const;
const software = { ...plain, compilers: [...plain.compilers] };
const xla = { ...software, compilers: ["onednn" as const, "xla" as const] };

describe("fitPerformanceModel", function () {
  this.timeout(60_000);
  const model = fitPerformanceModel(data, at);

  it("predicts images that were left out, and says how far it was off", () => {
    const { validation } = model.file;
    expect(validation.images).to.have.lengthOf(8);
    expect(validation.medianErrorOfAll).to.be.above(0);
    const known = validation.images.filter(({ extrapolates }) => extrapolates.length === 0);
    expect(known.length, "with onednn crossed with all, most need no extrapolation").to.be.at.least(4);
    expect(validation.medianError).to.be.below(0.15);
  });

  it("compares software, with an interval that the noise explains", () => {
    const ratio = model.timeRatio(xla, software, { benchmark: "mnist-cnn", target: "two" });
    expect(ratio?.extrapolates).to.deep.equal([]);
    expect(ratio?.value).to.be.closeTo(1.3, 0.13);
    expect(ratio?.low).to.be.below(1.3);
    expect(ratio?.high).to.be.above(1.3);
    expect(ratio?.n).to.equal(96);
  });

  it("says nothing of a benchmark or a target that it does not know", () => {
    expect(model.timeRatio(xla, software, { benchmark: "bert", target: "two" })).to.equal(null);
    expect(model.timeRatio(xla, software, { benchmark: "mnist-cnn", target: "moon" })).to.equal(null);
  });

  it("names the features that it has to extrapolate", () => {
    const points = measured(allPoints());
    const fit = fitTo(points, { ridge: 1e-3, products: 1 }, null);
    const point = points[0]!;
    const of = (change: Partial<typeof point>) => fit.predict({ ...point, ...change }).extrapolates;
    expect(of({})).to.deep.equal([]);
    expect(of({ batch: 4096 })).to.deep.equal(["batch"]);
    expect(of({ framework: "mxnet" })).to.deep.equal(["framework mxnet"]);
    expect(of({ compilers: ["openvino"] })).to.deep.equal(["compiler openvino"]);
    expect(of({ build: "source" })).to.deep.equal(["build source"]);
    expect(of({ target: { ...targets[0]!, cores: 64, peakFlops: 1e13 } })).to.deep.equal(["peak flops", "cores"]);
    const odd = { ...targets[0]!, peakFlops: targets[2]!.peakFlops, memoryBandwidth: targets[0]!.memoryBandwidth };
    expect(of({ target: odd })).to.deep.equal(["combination of sizes"]);
  });

  it("has wider intervals where images that were left out missed by more", () => {
    const points = measured(allPoints(), 0.02, randomFrom(5));
    const [point] = points;
    const width = (meanSquare: number): number => {
      const { low, high } = fitTo(points, { ridge: 1e-3, products: 1 }, { meanSquare, freedom: 7 }).predict(point!);
      return high / low;
    };
    expect(width(0)).to.equal(width(1e-9));
    expect(width(0.25)).to.be.above(5);
  });

  it("predicts seconds per image", () => {
    const points = measured(allPoints());
    const fit = fitTo(points, { ridge: 1e-6, products: 1 }, null);
    expect(fit.predict(points[10]!).value / trueSeconds(points[10]!)).to.be.closeTo(1, 0.01);
  });

  it("learns that one compiler takes from another what it gains, the less the more it is penalised", () => {
    const together = (compilers: readonly string[]): boolean =>
      compilers.includes("onednn") && compilers.includes("xla");
    const points = measured(allPoints()).map((point) => ({
      ...point,
      secondsPerImage: point.secondsPerImage * (together(point.compilers) ? 1.4 : 1),
    }));
    const learnt = (products: number): number => {
      const { coefficients } = fitTo(points, { ridge: 1e-3, products }, null);
      return coefficients.find(({ name }) => name === "compiler onednn × compiler xla")?.value ?? 0;
    };
    const gain = (products: number): number => {
      const [point] = points.filter(({ compilers }) => together(compilers));
      return fitTo(points, { ridge: 1e-6, products }, null).predict(point!).value / point!.secondsPerImage;
    };
    expect(gain(1)).to.be.closeTo(1, 0.01);
    expect(learnt(1)).to.be.above(2 * learnt(1000));
    expect(learnt(1000)).to.be.above(0);
  });

  it("refuses too few images, too few records and records of what is not described", () => {
    const few = { ...data, observations: data.observations.filter(({ framework }) => framework === "mxnet") };
    expect(errorOf(() => fitPerformanceModel(few, at)).code).to.equal("performance-model-too-small");
    const two = { ...data, observations: data.observations.slice(0, 24) };
    expect(errorOf(() => fitPerformanceModel(two, at)).message).to.include("of 2 images");
    expect(errorOf(() => fitTo(measured(allPoints()).slice(0, 3), { ridge: 0.1, products: 1 }, null)).code).to.equal(
      "performance-model-too-small",
    );
    const lost = { ...data, benchmarks: benchmarks.slice(0, 1) };
    expect(errorOf(() => fitPerformanceModel(lost, at)).message).to.include(
      "resnet50-imagenet, which is not described",
    );
    const twice = { ...data, targets: [...targets, targets[0]!] };
    expect(errorOf(() => fitPerformanceModel(twice, at)).message).to.include("target is described twice");
  });

  it("is the same when it is stored and read", () => {
    const again = readPerformanceModel(JSON.stringify(model.file), "model.json");
    expect(again.file).to.deep.equal(model.file);
    const place = { benchmark: "mnist-cnn", target: "two" };
    expect(again.timeRatio(xla, software, place)).to.deep.equal(model.timeRatio(xla, software, place));
  });

  it("is refused when its records or its coefficients were changed", () => {
    const changed = (edit: (file: PerformanceModelFile) => void): string => {
      const file = structuredClone(model.file);
      edit(file);
      return errorOf(() => readPerformanceModel(JSON.stringify(file), "model.json")).code;
    };
    expect(changed(({ observations }) => (observations[0]!.secondsPerImage *= 1.5))).to.equal(
      "performance-model-changed",
    );
    expect(changed((file) => (file.model.coefficients[0]!.value += 0.01))).to.equal("performance-model-changed");
    expect(changed((file) => (file.observations[0]!.batch = 0))).to.equal("performance-model-invalid");
    expect(errorOf(() => readPerformanceModel("{", "model.json")).code).to.equal("performance-model-invalid");
  });

  it("prints its errors and its coefficients, the largest first", () => {
    const text = performanceModelText(model.file);
    expect(text).to.match(/^96 records of 8 images; residuals of \d+\.\d %/);
    expect(text).to.match(/images left out: median error \d+\.\d % without extrapolation/);
    const numbers = text
      .slice(text.indexOf("column "))
      .split("\n")
      .slice(1)
      .map((line) => Math.abs(Number(line.split(/\s+/).at(-1))))
      .filter((value) => !Number.isNaN(value) && value > 0);
    expect(numbers).to.deep.equal(numbers.toSorted((a, b) => b - a));
  });
});
