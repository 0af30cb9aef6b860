import { expect } from "chai";
import fc from "fast-check";
import { meanInterval, pairedRatio, pairedRatioOfRounds, unpairedRatio } from "../../../measure/interval.ts";
import { mean, median, percentile, quantile } from "../../../measure/statistics.ts";

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const logRatio = fc.double({ min: -3, max: 3, noNaN: true });
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
/** What rounding may move. */
const close = 1e-9;

describe("quantile and percentile", () => {
  it("rise with p and stay between the smallest and the largest value", () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1 }), fraction, fraction, (values, one, other) => {
        const [low, high] = [quantile(values, Math.min(one, other)), quantile(values, Math.max(one, other))];
        expect(low).to.be.at.most(high + close * Math.abs(high));
        expect(low).to.be.at.least(Math.min(...values));
        expect(high).to.be.at.most(Math.max(...values) + close * Math.abs(high));
      }),
    );
  });

  it("agree at the median", () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1 }), (values) => {
        expect(quantile(values, 0.5)).to.be.closeTo(median(values) ?? Number.NaN, 1e-6);
      }),
    );
  });

  it("are refused exactly below the number that can carry them", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0.5, max: 0.995, noNaN: true }), (n, p) => {
        const { value } = percentile(
          Array.from({ length: n }, (_, index) => index),
          p,
        );
        expect(value !== null).to.equal(1 - p ** n >= 0.95);
      }),
    );
  });
});

describe("intervals", () => {
  it("contain their estimate", () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 3, maxLength: 30 }), (values) => {
        const { value } = meanInterval(values);
        const centre = mean(values) ?? Number.NaN;
        const slack = close * Math.max(1, Math.abs(centre));
        expect(value?.low).to.be.at.most(centre + slack);
        expect(value?.high).to.be.at.least(centre - slack);
      }),
      { numRuns: 50 },
    );
  });

  it("are refused below three values, with a reason", () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 2 }), (values) => {
        expect(meanInterval(values).reason).to.contain("at least 3");
      }),
    );
  });

  it("of ratios contain the ratio and are positive", () => {
    fc.assert(
      fc.property(fc.array(fc.array(logRatio, { maxLength: 8 }), { minLength: 1, maxLength: 5 }), (rounds) => {
        const { ratio, interval } = pairedRatioOfRounds(rounds, "pairs");
        if (interval.value === null || ratio === null) {
          expect(interval.reason).to.be.a("string");
          return;
        }
        expect(interval.value.low).to.be.within(0, ratio);
        expect(interval.value.high).to.be.at.least(ratio);
      }),
      { numRuns: 50 },
    );
  });

  it("scale with their values", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 100, noNaN: true }), { minLength: 3, maxLength: 20 }),
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        (values, factor) => {
          const one = meanInterval(values).value;
          const scaled = meanInterval(values.map((value) => value * factor)).value;
          const size = factor * Math.max(...values);
          expect(scaled?.low).to.be.closeTo((one?.low ?? Number.NaN) * factor, 1e-6 * size);
          expect(scaled?.high).to.be.closeTo((one?.high ?? Number.NaN) * factor, 1e-6 * size);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("are mirrored when the signs of log-ratios are", () => {
    fc.assert(
      fc.property(fc.array(logRatio, { minLength: 3, maxLength: 20 }), (logRatios) => {
        const one = pairedRatio(logRatios, "pairs").interval.value;
        const mirrored = pairedRatio(
          logRatios.map((value) => -value),
          "pairs",
        ).interval.value;
        if (one === null || mirrored === null) {
          // Too far apart for a finite interval on one side is so on the other, or its end underflows to 0.
          expect([one?.low ?? 0, mirrored?.low ?? 0]).to.include(0);
          return;
        }
        expect(Math.log(mirrored.low)).to.be.closeTo(-Math.log(one.high), close * 100);
        expect(Math.log(mirrored.high)).to.be.closeTo(-Math.log(one.low), close * 100);
      }),
      { numRuns: 50 },
    );
  });

  it("of unpaired ratios are mirrored when the sides are swapped", () => {
    const side = fc.array(logRatio, { minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(side, side, (from, to) => {
        const one = unpairedRatio(from, to, "blocks");
        const other = unpairedRatio(to, from, "blocks");
        expect(Math.log(one.ratio ?? 0)).to.be.closeTo(-Math.log(other.ratio ?? 0), close);
        expect(Math.log(one.interval.value?.low ?? 0)).to.be.closeTo(
          -Math.log(other.interval.value?.high ?? 0),
          close * 100,
        );
      }),
    );
  });
});
