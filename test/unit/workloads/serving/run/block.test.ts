import { expect } from "chai";
import { stepTimes } from "../../../../../measure/distribution.ts";
import { blockOf } from "../../../../../workloads/serving/run/block.ts";
import type { Outcome } from "../../../../../workloads/serving/run/phase.ts";

const body = Buffer.from('{"coldStart":false,"requestId":"a","timings":{"prediction":0.5,"imports":2}}');
/** Requests at one a millisecond, the n-th of which takes n microseconds and a second. */
const outcomes = (count: number): Outcome[] =>
  Array.from({ length: count }, (_, index) => {
    const intendedAt = 1000 + index;
    const endedAt = intendedAt + 1000 + index / 1000;
    return {
      intendedAt,
      sentAt: intendedAt + 0.25,
      endedAt,
      status: 200,
      failure: null,
      body,
      wanted: null,
      discarded: false,
    };
  });

describe("a block of requests", () => {
  it("keeps every number up to ten thousand of them, and from there on a histogram, within its three digits", async () => {
    const few = await blockOf(outcomes(10_000), async () => new Map());
    expect(few.steps).to.have.lengthOf(10_000);
    expect(few.samples["prediction"]).to.have.lengthOf(10_000);
    const many = await blockOf(outcomes(10_001), async () => new Map());
    expect(many).to.deep.include({ steps: [], samples: {}, items: 10_001 });
    const times = stepTimes(many);
    expect(times).to.have.lengthOf(10_001);
    times.forEach((time, index) => expect(time / (1 + index / 1e6)).to.be.within(0.999, 1.001));
  });

  it("counts a response time from when its request was to start, and says how late requests went out", async () => {
    const { steps, metrics } = await blockOf(outcomes(3), async () => new Map());
    expect(steps[0]).to.be.closeTo(1, 1e-9);
    expect(metrics["latenessMax"]).to.be.closeTo(0.00025, 1e-9);
    expect(metrics).to.include({ targetRate: 1000, achievedRate: 1000 });
  });

  it("tells no parts of a start of a warm request", async () => {
    const { samples } = await blockOf(outcomes(2), async () => new Map());
    expect(samples).to.deep.equal({ prediction: [0.5, 0.5] });
  });
});
