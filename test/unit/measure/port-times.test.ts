import { expect } from "chai";
import { portTimesOf } from "../../../measure/port-times.ts";

describe("times before and after a port", () => {
  it("are distributions, and a ratio over pairs of blocks", () => {
    // A machine that grows slower from block to block slows both sides alike.
    const blocks = Array.from({ length: 12 }, (_, index) => 1 + index);
    const original = blocks.map((slow) => Array.from({ length: 25 }, () => 4 * slow));
    const ported = blocks.map((slow) => Array.from({ length: 25 }, () => slow));
    const times = portTimesOf({ latencies: { original, ported }, starts: { original: [8, 9, 10], ported: [1] } });
    expect(times.latencyRatio.ratio).to.be.closeTo(0.25, 1e-12);
    expect(times.latencyRatio.interval.value).to.include({ low: 0.25, high: 0.25 });
    expect(times.latency.ported.n).to.equal(300);
    expect(times.latency.ported.percentiles.map(({ p, value }) => [p, value !== null])).to.deep.equal([
      [0.5, true],
      [0.9, true],
      [0.95, true],
      [0.99, true],
    ]);
    expect(times.start.original).to.include({ mean: 9, n: 3 });
    expect(times.start.ported.interval).to.equal(null);
    expect(times.start.ported.reason).to.include("1 value:");
  });

  it("have no ratio where there are no blocks", () => {
    const none = { original: [], ported: [] };
    const times = portTimesOf({ latencies: none, starts: none });
    expect(times.latencyRatio.ratio).to.equal(null);
    expect(times.start.original.reason).to.equal("nothing was timed");
  });
});
