import { expect } from "chai";
import fc from "fast-check";
import { evidenceOf } from "../../../../measure/placement/evidence.ts";
import { sizeFor } from "../../../../measure/placement/replicas.ts";
import { serviceMeasurement } from "../../../fixtures/service-measurement.ts";

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const evidence = fc
  .record({ p50: between(1, 500), to95: between(1, 2), to99: between(1, 2), load: between(0.2, 1) })
  .map(({ p50, to95, to99, load }) => {
    const latencyMs = { p50, p95: p50 * to95, p99: p50 * to95 * to99, n: 1000, concurrency: 1 };
    return evidenceOf(serviceMeasurement({ latencyMs, requestsPerSec: (1000 / p50) * load }));
  });
const speed = fc
  .tuple(between(0.2, 3), between(1, 3))
  .map(([low, ratio]) => ({ low, high: low * ratio, told: "made up" }));
const demand = fc.record({ rate: between(0.1, 500), p95: between(0.01, 5) });

describe("replicas that a place needs", () => {
  it("keep what they promise: a bound within the limit, and none of them busy all the time", () => {
    fc.assert(
      fc.property(evidence, demand, speed, (measured, asked, fast) => {
        const { verdict, replicas, load, p95 } = sizeFor(measured, asked, fast);
        expect(verdict === "qualifies").to.equal(replicas !== null);
        if (replicas === null) return;
        expect(p95).to.be.at.most(asked.p95);
        expect(p95).to.be.at.least(measured.times!.p99! / fast.low - 1e-12);
        expect(load).to.be.below(1);
        expect(replicas * measured.perSecond! * fast.low).to.be.above(asked.rate);
      }),
    );
  });

  it("are no fewer for more requests, for a tighter limit, and on a slower place", () => {
    fc.assert(
      fc.property(evidence, demand, speed, between(1, 3), (measured, asked, fast, factor) => {
        const one = sizeFor(measured, asked, fast).replicas;
        const least = one ?? Infinity;
        const others = [
          sizeFor(measured, { ...asked, rate: asked.rate * factor }, fast),
          sizeFor(measured, { ...asked, p95: asked.p95 / factor }, fast),
          sizeFor(measured, asked, { ...fast, low: fast.low / factor }),
        ];
        for (const { replicas } of others) expect(replicas ?? Infinity).to.be.at.least(least);
      }),
    );
  });
});
