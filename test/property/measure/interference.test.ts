import { expect } from "chai";
import fc from "fast-check";
import { interferenceOf } from "../../../measure/interference.ts";
import type { Interference } from "../../../measure/results.ts";
import { runOf } from "../../../measure/run.ts";
import { exampleRecord } from "../../unit/measure/example-record.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });
const block = fc.record({
  seconds: fc.double({ min: 0.5, max: 4, noNaN: true }),
  cpuSeconds: fc.double({ min: 0.1, max: 8, noNaN: true }),
  cpuPressureFraction: share,
  ioPressureFraction: share,
  memoryPressureFraction: share,
  stealFraction: share,
});
type Block = typeof block extends fc.Arbitrary<infer T> ? T : never;

const blocks = 3;
const side = fc.array(block, { minLength: 2 * blocks, maxLength: 2 * blocks });

/** One held against the other, beside ÷ alone. */
function hold(one: readonly Block[], other: readonly Block[]): Interference {
  const at = (series: string, round: number, index: number): Block =>
    (series === "beside" ? one : other)[round * blocks + index]!;
  const schedule = {
    seed: 1,
    rounds: 2,
    series: [
      { name: "beside", blocksPerRound: blocks, steps: 2, alone: "alone" },
      { name: "alone", blocksPerRound: blocks, steps: 2 },
    ],
  };
  const lines = exampleRecord({
    schedule,
    environments: [
      {
        environment: "bare-metal",
        seconds: (...place) => at(...place).seconds,
        metrics: (...place) => {
          const { seconds: _seconds, ...metrics } = at(...place);
          return metrics;
        },
      },
    ],
  });
  return interferenceOf(runOf(lines))[0]!;
}

describe("interferenceOf", () => {
  it("mirrors ratio, interval and extra time when the sides are swapped", () => {
    fc.assert(
      fc.property(side, side, (one, other) => {
        const [forward, backward] = [hold(one, other), hold(other, one)];
        expect(forward.ratio! * backward.ratio!).to.be.closeTo(1, 1e-9);
        expect(forward.interval!.low * backward.interval!.high).to.be.closeTo(1, 1e-6);
        expect(forward.extraSecondsPerItem!).to.be.closeTo(-backward.extraSecondsPerItem!, 1e-12);
      }),
      { numRuns: 50 },
    );
  });

  it("splits the extra time into parts that add up to it, with waits from nothing to what was lost by waiting", () => {
    fc.assert(
      fc.property(side, side, (one, other) => {
        const { parts, extraSecondsPerItem } = hold(one, other);
        const sum = parts.reduce((total, { secondsPerItem }) => total + secondsPerItem!, 0);
        expect(sum).to.be.closeTo(extraSecondsPerItem!, 1e-9);
        const lost = Math.max(0, extraSecondsPerItem! - parts[0]!.secondsPerItem!);
        const waits = parts.slice(1, 4).map(({ secondsPerItem }) => secondsPerItem!);
        for (const wait of waits) expect(wait).to.be.at.least(0);
        expect(waits.reduce((total, wait) => total + wait, 0)).to.be.at.most(lost + 1e-9);
      }),
      { numRuns: 50 },
    );
  });

  it("names a cause only of a credible slowdown, and only one that carries half of it", () => {
    fc.assert(
      fc.property(side, side, (one, other) => {
        const { cause, causeReason, verdict, parts, extraSecondsPerItem } = hold(one, other);
        expect(cause === null).to.equal(causeReason !== null);
        if (cause === null) return;
        expect(verdict).to.equal("slower");
        const part = parts.find((each) => each.cause === cause)!;
        expect(part.secondsPerItem).to.be.at.least(extraSecondsPerItem! / 2);
      }),
      { numRuns: 100 },
    );
  });

  it("finds no difference of a series to itself", () => {
    fc.assert(
      fc.property(side, (one) => {
        const { ratio, verdict, cause } = hold(one, one);
        expect(ratio).to.equal(1);
        expect(verdict).to.equal("no credible difference");
        expect(cause).to.equal(null);
      }),
      { numRuns: 20 },
    );
  });
});
