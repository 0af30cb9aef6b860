import { expect } from "chai";
import fc from "fast-check";
import { leastSquares } from "../../../measure/least-squares.ts";
import { fitTo } from "../../../measure/performance/fit.ts";
import { randomFrom, shuffled } from "../../../measure/random.ts";
import { fitScaling } from "../../../measure/scaling.ts";
import { allPoints, measured, trueSeconds } from "../../fixtures/performance.ts";

const coefficient = fc.double({ min: -10, max: 10, noNaN: true });

describe("leastSquares", () => {
  it("recovers coefficients that are known, whatever the rows", () => {
    fc.assert(
      fc.property(fc.array(coefficient, { minLength: 1, maxLength: 6 }), fc.nat(1e6), (known, seed) => {
        const random = randomFrom(seed);
        const rows = Array.from({ length: known.length + 5 }, () => known.map(() => random.normal()));
        const values = rows.map((row) => row.reduce((sum, value, index) => sum + value * known[index]!, 0));
        const { coefficients } = leastSquares(
          rows,
          values,
          known.map(() => 0),
        );
        coefficients.forEach((value, index) => expect(value).to.be.closeTo(known[index]!, 1e-6));
      }),
    );
  });

  it("gives no smaller sum of squares and penalties to any other coefficients", () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.array(coefficient, { minLength: 3, maxLength: 3 }), (seed, other) => {
        const random = randomFrom(seed);
        const rows = Array.from({ length: 8 }, () => other.map(() => random.normal()));
        const values = rows.map(() => random.normal());
        const penalties = other.map(() => random.unit());
        const cost = (b: readonly number[]): number =>
          rows.reduce(
            (sum, row, at) => sum + (values[at]! - row.reduce((all, x, index) => all + x * b[index]!, 0)) ** 2,
            penalties.reduce((sum, penalty, index) => sum + penalty * b[index]! ** 2, 0),
          );
        const { coefficients } = leastSquares(rows, values, penalties);
        expect(cost(coefficients)).to.be.at.most(cost(other) + 1e-9);
      }),
    );
  });
});

describe("fitTo", () => {
  const points = allPoints();

  it("recovers a law that is linear in its columns, from half of the points", () => {
    fc.assert(
      fc.property(fc.nat(1e6), (seed) => {
        const order = shuffled(points, randomFrom(seed));
        // Where a half lacks an image, a product can stand for what a single feature does, unless it costs more.
        const fit = fitTo(measured(order.slice(0, points.length / 2)), { ridge: 1e-6, products: 100 }, null);
        for (const point of order.slice(points.length / 2)) {
          const { value, extrapolates } = fit.predict(point);
          if (extrapolates.length === 0) expect(value / trueSeconds(point)).to.be.closeTo(1, 0.02);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("has an interval that covers new measurements as often as it says", function () {
    this.timeout(120_000);
    const sigma = 0.15;
    const counts = { inside: 0, all: 0 };
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = randomFrom(seed);
      const order = shuffled(points, random);
      const fit = fitTo(measured(order.slice(0, 60), sigma, random), { ridge: 1e-3, products: 1 }, null);
      for (const point of measured(order.slice(60), sigma, random)) {
        const { low, high, extrapolates } = fit.predict(point);
        if (extrapolates.length > 0) continue;
        counts.all += 1;
        counts.inside += point.secondsPerImage >= low && point.secondsPerImage <= high ? 1 : 0;
      }
    }
    expect(counts.all).to.be.above(1000);
    expect(counts.inside / counts.all).to.be.within(0.93, 0.985);
  });

  it("is inverse when the two that it compares are swapped", () => {
    const fit = fitTo(measured(points, 0.1, randomFrom(3)), { ridge: 1e-3, products: 1 }, null);
    fc.assert(
      fc.property(fc.constantFrom(...points), fc.constantFrom(...points), (one, other) => {
        const [forth, back] = [fit.ratio(one, other), fit.ratio(other, one)];
        expect(forth.value * back.value).to.be.closeTo(1, 1e-9);
        expect(forth.low * back.high).to.be.closeTo(1, 1e-9);
      }),
    );
  });
});

describe("fitScaling", () => {
  it("recovers what is serial, divided and added by each node", () => {
    const part = fc.double({ min: 0.1, max: 100, noNaN: true });
    fc.assert(
      fc.property(part, part, part, (serial, divided, perNode) => {
        const points = [1, 2, 3, 4, 6, 8].map((nodes) => ({
          nodes,
          seconds: serial + divided / nodes + perNode * (nodes - 1),
        }));
        const found = fitScaling(points);
        expect(found.error).to.be.below(1e-6);
        for (const { nodes, seconds } of points) expect(found.of(nodes).seconds / seconds).to.be.closeTo(1, 1e-5);
      }),
    );
  });
});
