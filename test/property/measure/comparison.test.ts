import { expect } from "chai";
import fc from "fast-check";
import { resultsOf } from "../../../measure/comparison.ts";
import type { EnvironmentName } from "../../../measure/facts.ts";
import type { Comparison } from "../../../measure/results.ts";
import { exampleFile, exampleRecord } from "../../unit/measure/example-record.ts";

const seconds = fc.double({ min: 0.5, max: 2, noNaN: true });

/** Rounds, blocks per round, and the seconds of each block of both sides; null was not measured. */
const measured = fc
  .record({ rounds: fc.integer({ min: 1, max: 4 }), blocks: fc.integer({ min: 1, max: 8 }) })
  .chain(({ rounds, blocks }) => {
    const side = fc.array(fc.option(seconds, { freq: 10 }), { minLength: rounds * blocks, maxLength: rounds * blocks });
    return fc.record({ rounds: fc.constant(rounds), blocks: fc.constant(blocks), one: side, other: side });
  });
type Measured = typeof measured extends fc.Arbitrary<infer T> ? T : never;

/** The comparison of `vm` to `bare-metal`, or the other way round. */
function compare({ rounds, blocks, one, other }: Measured, baseline: EnvironmentName, factor = 1): Comparison[] {
  const schedule = { seed: 1, rounds, series: [{ name: "synthetic", blocksPerRound: blocks, steps: 2 }] };
  const at = (side: readonly (number | null)[]) => (_series: string, round: number, block: number) => {
    const value = side[round * blocks + block] ?? null;
    return value === null ? null : value * factor;
  };
  const times = { launchSeconds: 10 * factor, stopSeconds: factor };
  const environments = [
    { environment: "bare-metal", seconds: at(one), ...times },
    { environment: "vm", seconds: at(other), ...times },
  ] as const;
  return resultsOf(exampleRecord({ schedule, baseline, environments }), exampleFile).comparisons;
}

const opposite = {
  slower: "faster",
  faster: "slower",
  "no credible difference": "no credible difference",
  "cannot tell": "cannot tell",
} as const;

/** Expects numbers that may both be missing to be equal up to rounding. */
function same(actual: number | null | undefined, expected: number | null | undefined): void {
  if (actual == null || expected == null) expect(actual ?? null).to.equal(expected ?? null);
  else expect(actual / expected).to.be.closeTo(1, 1e-6);
}

const inverse = (value: number | null | undefined) => (value == null ? null : 1 / value);

describe("resultsOf", () => {
  it("mirrors ratio, interval and verdict when the sides are swapped", () => {
    fc.assert(
      fc.property(measured, (given) => {
        const forward = compare(given, "bare-metal");
        const backward = compare(given, "vm");
        for (const [index, one] of forward.entries()) {
          const other = backward[index];
          expect(other?.n).to.equal(one.n);
          same(other?.ratio, inverse(one.ratio));
          same(other?.interval?.low, inverse(one.interval?.high));
          same(other?.interval?.high, inverse(one.interval?.low));
          expect(other?.verdict).to.equal(opposite[one.verdict]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("has the same ratio when both sides take longer by the same factor", () => {
    fc.assert(
      fc.property(measured, fc.double({ min: 1, max: 50, noNaN: true }), (given, factor) => {
        const one = compare(given, "bare-metal");
        const scaled = compare(given, "bare-metal", factor);
        for (const [index, { ratio, interval, verdict }] of one.entries()) {
          same(scaled[index]?.ratio, ratio);
          same(scaled[index]?.interval?.low, interval?.low);
          same(scaled[index]?.interval?.high, interval?.high);
          expect(scaled[index]?.verdict).to.equal(verdict);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("has an interval around the ratio and a verdict that follows from it", () => {
    fc.assert(
      fc.property(measured, (given) => {
        for (const { ratio, interval, verdict, reason, metric } of compare(given, "bare-metal")) {
          if (interval === null) {
            expect(verdict).to.equal("cannot tell");
            expect(reason).to.be.a("string");
            continue;
          }
          expect(ratio).to.be.within(interval.low, interval.high);
          expect(reason).to.equal(null);
          const above = metric === "throughput" ? "faster" : "slower";
          const below = metric === "throughput" ? "slower" : "faster";
          const expected = interval.low > 1 ? above : interval.high < 1 ? below : "no credible difference";
          expect(verdict).to.equal(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("finds no difference between an environment and itself", () => {
    fc.assert(
      fc.property(measured, (given) => {
        for (const { ratio, verdict } of compare({ ...given, other: given.one }, "bare-metal")) {
          expect(ratio ?? 1).to.equal(1);
          expect(["no credible difference", "cannot tell"]).to.include(verdict);
        }
      }),
      { numRuns: 30 },
    );
  });
});
