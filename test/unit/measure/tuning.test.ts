import { expect } from "chai";
import { priceBook } from "../../../catalogue/prices/index.ts";
import { costIn, type Objective, tune } from "../../../measure/tuning.ts";
import { around, measuredSize } from "../../fixtures/serving.ts";
import { errorOf } from "../../support/expect-error.ts";

const book = priceBook("aws-2026");
const weight = (value: number): Objective => ({ by: "weight", weight: value });
const latency = (limitSec: number, percentile: number | null = null): Objective => ({
  by: "latency",
  limitSec,
  percentile,
});

// Time falls with memory down to half a second, and then hardly: cost falls, and then rises.
const sizes = [
  measuredSize({ memoryMiB: 512, warm: around(2.4), cold: around(6) }),
  measuredSize({ memoryMiB: 1024, warm: around(1), cold: around(3) }),
  measuredSize({ memoryMiB: 2048, warm: around(0.6), cold: around(2) }),
  measuredSize({ memoryMiB: 4096, warm: around(0.58), cold: around(2) }),
];

describe("the memory of a function", () => {
  it("is the fastest where latency alone counts, and the cheapest where cost alone does", () => {
    expect(tune(sizes, book, weight(1)).recommended).to.equal(4096);
    expect(tune(sizes, book, weight(0)).recommended).to.equal(1024);
    expect(tune(sizes, book, weight(0.5)).recommended).to.equal(2048);
  });

  it("has a front of those that no other beats in both", () => {
    const front = tune(sizes, book, weight(0.5)).sizes.filter(({ onFront }) => onFront);
    // 512 MiB is slower than 1024 and costs more.
    expect(front.map(({ memoryMiB }) => memoryMiB)).to.deep.equal([1024, 2048, 4096]);
  });

  it("is the cheapest whose latency is credibly within a limit", () => {
    expect(tune(sizes, book, latency(1.1)).recommended).to.equal(1024);
    // The mean of 1024 MiB is within 1 s, and its interval is not.
    expect(tune(sizes, book, latency(1.0001)).recommended).to.equal(2048);
    expect(tune(sizes, book, latency(0.1))).to.include({ recommended: null });
  });

  it("is not told by a percentile that so few requests cannot carry", () => {
    const { recommended, reason } = tune(sizes, book, latency(10, 0.99));
    expect(recommended).to.equal(null);
    expect(reason).to.match(/too few requests/);
  });

  it("costs for a thousand predictions what each of them is charged", () => {
    const [size] = [measuredSize({ memoryMiB: 1024, warm: [1, 1, 1], billed: [0.1, 0.2, 0.3] })];
    const cost = costIn(size, "warm", book);
    expect(cost?.n).to.equal(3);
    expect(cost?.mean).to.be.closeTo(1000 * (0.2 * 0.0000166667 + 0.0000012), 1e-12);
    expect(cost?.interval?.low).to.be.below(cost?.mean ?? 0);
  });

  it("is shown as one at which the model cannot run, with the reason, and never recommended", () => {
    const counts = { sent: 11, kept: 0, failed: 11, "failed:500 Runtime.OutOfMemory": 11 };
    const dead = measuredSize({ memoryMiB: 128, counts });
    const tuning = tune([dead, ...sizes], book, weight(0));
    expect(tuning.sizes[0]).to.include({ memoryMiB: 128, cannotRun: "500 Runtime.OutOfMemory", onFront: false });
    expect(tuning.recommended).to.equal(1024);
    expect(tune([dead], book, weight(0)).recommended).to.equal(null);
  });

  it("has no cost, with the reason, where nobody told what was charged or the book has no price", () => {
    const [silent] = tune([measuredSize({ memoryMiB: 1024, warm: around(1), billed: null })], book, weight(0.5)).sizes;
    expect(silent).to.deep.include({ cost: null, costReason: "no REPORT line tells what was charged" });
    const [odd] = tune([measuredSize({ memoryMiB: 1769, warm: around(1) })], priceBook("aws-2017"), weight(0.5)).sizes;
    expect(odd?.costReason).to.match(/no price for this size/);
  });

  it("names those that the data cannot tell from the best", () => {
    const close = [
      measuredSize({ memoryMiB: 1024, warm: around(1, 0.4), billed: around(1, 0.4) }),
      measuredSize({ memoryMiB: 1025, warm: around(1.01, 0.4), billed: around(1.01, 0.4) }),
    ];
    expect(tune(close, book, weight(0.5))).to.deep.include({ recommended: 1024, ties: [1025] });
  });

  it("takes the later record of a size, and one model at a time", () => {
    const again = measuredSize({ memoryMiB: 512, warm: around(0.1) });
    expect(tune([...sizes, again], book, weight(0.5)).recommended).to.equal(512);
    const other = measuredSize({ memoryMiB: 512, model: "resnet-18", warm: around(1) });
    expect(errorOf(() => tune([...sizes, other], book, weight(0.5)))).to.include({ code: "tuning-models" });
    expect(errorOf(() => tune([], book, weight(0.5)))).to.include({ code: "tuning-empty" });
  });

  for (const objective of [weight(-0.1), weight(1.1), weight(Number.NaN), latency(0), latency(1, 1), latency(1, 0)]) {
    it(`refuses the objective ${JSON.stringify(objective)}`, () => {
      expect(errorOf(() => tune(sizes, book, objective))).to.include({ code: "tuning-objective" });
    });
  }
});
