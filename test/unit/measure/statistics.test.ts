import { expect } from "chai";
import { mean, median, percentile, percentileNeeds, quantile, standardDeviation } from "../../../measure/statistics.ts";

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

describe("statistics", () => {
  it("computes mean, median and standard deviation", () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(mean(values)).to.equal(5);
    expect(median(values)).to.equal(4.5);
    expect(standardDeviation(values)).to.be.closeTo(Math.sqrt(32 / 7), 1e-12);
  });

  it("has null for what too few values do not have", () => {
    expect([mean([]), median([]), standardDeviation([])]).to.deep.equal([null, null, null]);
    expect(standardDeviation([3])).to.equal(null);
  });

  it("interpolates quantiles as R and NumPy do by default", () => {
    // Position 3p between the sorted values 1, 2, 4, 8.
    const expected = [1, 1.3, 1.75, 3, 6.8, 8];
    [0, 0.1, 0.25, 0.5, 0.9, 1].forEach((p, index) => {
      expect(quantile([8, 1, 4, 2], p)).to.be.closeTo(expected[index] as number, 1e-12);
    });
    expect(quantile([3], 0.7)).to.equal(3);
  });

  it("refuses quantiles that do not exist", () => {
    for (const run of [() => quantile([], 0.5), () => quantile([1], 1.1), () => quantile([1], Number.NaN)]) {
      expect(run).to.throw().with.property("code", "quantile");
    }
  });

  it("needs 29, 59 and 299 samples for the 90th, 95th and 99th percentile", () => {
    expect([0.9, 0.95, 0.99].map(percentileNeeds)).to.deep.equal([29, 59, 299]);
    expect(percentileNeeds(0.01)).to.equal(299);
  });

  for (const [p, needed, name] of [
    [0.9, 29, "p90"],
    [0.95, 59, "p95"],
    [0.99, 299, "p99"],
  ] as const) {
    it(`refuses ${name} of ${needed - 1} samples with the reason and gives it of ${needed}`, () => {
      expect(percentile(upTo(needed - 1), p)).to.deep.equal({
        value: null,
        reason: `${name} needs at least ${needed} samples, there are ${needed - 1}`,
      });
      expect(percentile(upTo(needed), p)).to.deep.equal({ value: quantile(upTo(needed), p), reason: null });
    });
  }

  it("refuses a percentile out of range", () => {
    for (const p of [0, 1, 90, Number.NaN]) {
      expect(() => percentile(upTo(400), p))
        .to.throw()
        .with.property("code", "percentile");
    }
  });

  for (const bad of [Number.NaN, Infinity, -Infinity]) {
    it(`refuses ${bad} everywhere, saying which it is`, () => {
      for (const run of [mean, median, standardDeviation, (v: number[]) => quantile(v, 0.5)]) {
        expect(() => run([1, bad, 2]))
          .to.throw(`Number 1 of 3 values is ${bad}.`)
          .with.property("code", "not-finite");
      }
    });
  }
});
