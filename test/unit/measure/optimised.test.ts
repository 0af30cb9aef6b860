import { expect } from "chai";
import { epochTime, speedup, speedupVerdict, timedEpochs } from "../../../measure/epochs.ts";
import { measuredTrials, measurementsOf } from "../../../measure/optimised.ts";
import { epochRecord, optimisedOutcome, trialRecord } from "../../fixtures/optimised.ts";

describe("times of epochs", () => {
  it("leave out the first epoch of each record", () => {
    expect(timedEpochs([epochRecord([9, 4, 5]), epochRecord([9, 6])])).to.deep.equal([4, 5, 6]);
  });

  it("have Student's interval around their mean", () => {
    // n = 3, mean 5, deviation 1: 4.302653 · 1 / √3 to either side.
    const { mean, low, high, n, reason } = epochTime([epochRecord([9, 4, 5, 6])]);
    expect([mean, n, reason]).to.deep.equal([5, 3, null]);
    expect(low).to.be.closeTo(5 - 2.484138, 1e-5);
    expect(high).to.be.closeTo(5 + 2.484138, 1e-5);
  });

  it("have none where there are too few, or where it would reach below zero, and say so", () => {
    expect(epochTime([epochRecord([9, 4, 5])])).to.deep.include({
      ...{ mean: 4.5, low: null, n: 2, reason: "2 values: an interval needs at least 3" },
    });
    expect(epochTime([epochRecord([9, 1, 1, 30])]).reason).to.match(/spread too far/);
    expect(epochTime([epochRecord([9])])).to.include({ mean: null, n: 0 });
  });
});

describe("the speed-up of a training", () => {
  const plain = [epochRecord([20, 10, 10.1, 9.9, 10])];

  it("is above 1 and credible where it is faster, below 1 where it is slower", () => {
    const faster = speedup(plain, [epochRecord([20, 8, 8.1, 7.9, 8])]);
    expect(faster.ratio).to.be.closeTo(1.25, 0.001);
    expect(speedupVerdict(faster)).to.equal("faster");
    const slower = speedup(plain, [epochRecord([20, 12.5, 12.4, 12.6, 12.5])]);
    expect(slower.ratio).to.be.closeTo(0.8, 0.001);
    expect(speedupVerdict(slower)).to.equal("slower");
  });

  it("has jobs for its units from three a side on: what only launches explain is no speed-up", () => {
    const jobs = (means: readonly number[]) =>
      means.map((each) => epochRecord([20, each, each * 1.001, each * 0.999, each, each * 1.0005]));
    const unlike = speedup(jobs([10, 14, 8]), jobs([9, 13, 7]));
    expect(speedupVerdict(unlike)).to.equal("no credible difference");
    expect(unlike.ratio).to.be.closeTo(Math.cbrt((10 * 14 * 8) / (9 * 13 * 7)), 1e-3);
    // Two jobs a side cannot tell.
    expect(speedupVerdict(speedup(jobs([10, 10]), jobs([9, 9])))).to.equal("faster");
  });

  it("is no credible difference where the interval holds 1, and cannot be told of two epochs", () => {
    expect(speedupVerdict(speedup(plain, [epochRecord([20, 10.2, 9.8, 10, 10.1])]))).to.equal("no credible difference");
    expect(speedupVerdict(speedup(plain, [epochRecord([20, 8, 8])]))).to.equal("cannot tell");
  });
});

describe("what trainings say of configurations", () => {
  const outcome = optimisedOutcome([
    trialRecord("with-xla", ["xla", "onednn"], [30, 8, 8.1, 7.9]),
    trialRecord("plain", ["onednn"], [20, 10, 10.1, 9.9]),
    trialRecord("with-xla", ["xla", "onednn"], [30, 8, 8.2, 7.8], 2),
  ]);

  it("has the plain one first, and all rounds of each together", () => {
    const trials = measuredTrials(outcome);
    expect(trials.map(({ trial, jobs, time }) => [trial, jobs, time.n])).to.deep.equal([
      ["plain", ["1"], 3],
      ["with-xla", ["1", "2"], 6],
    ]);
    expect(trials.map(({ verdict }) => verdict)).to.deep.equal([null, "faster"]);
  });

  it("gives the catalogue a measurement of each that has an interval, with its newest record", () => {
    const measurements = measurementsOf(outcome, "2026-11-22");
    expect(measurements.map(({ compilers, n, record }) => [compilers, n, record])).to.deep.equal([
      [["onednn"], 3, "1".repeat(64)],
      [["xla", "onednn"], 6, "2".repeat(64)],
    ]);
    expect(new Set(measurements.map(({ run }) => run)), "of one run").to.deep.equal(new Set(["1".repeat(64)]));
    expect(measurements[0]).to.deep.include({ workload: "mnist-cnn", target: "local", at: "2026-11-22" });
    // 10 s for 5888 images, as an epoch of all 60,000.
    expect(measurements[0]?.epochSec.value).to.be.closeTo((10 * 60_000) / 5888, 1e-9);
    const [plain, xla] = measurements.map((each) => each.speedup);
    expect(plain).to.equal(undefined);
    const trial = measuredTrials(outcome)[1]?.speedup;
    expect(xla).to.deep.equal({
      value: trial?.ratio,
      low: trial?.interval.value?.low,
      high: trial?.interval.value?.high,
    });
    const few = optimisedOutcome([trialRecord("plain", ["onednn"], [20, 10])]);
    expect(measurementsOf(few, "2026-11-22")).to.deep.equal([]);
  });
});
