import { expect } from "chai";
import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import { distributionOf, percentileInterval, requestResults, stepTimes } from "../../../measure/distribution.ts";
import { randomFrom } from "../../../measure/random.ts";
import type { BlockLine } from "../../../measure/record.ts";

const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

describe("the distribution of requests", () => {
  it("has the intervals of percentiles that tables of order statistics give", () => {
    // Hahn and Meeker, "Statistical Intervals" (1991), table A.15a, for the median: ranks 8 and 18 of 25, 40 and 61 of 100.
    expect(percentileInterval(upTo(25), 0.5).value).to.include({ low: 8, high: 18 });
    expect(percentileInterval(upTo(100), 0.5).value).to.include({ low: 40, high: 61 });
  });

  it("covers a percentile in at least 95 % of samples", () => {
    const random = randomFrom(11);
    const samples = 2000;
    for (const [n, p] of [
      [60, 0.5],
      [200, 0.9],
    ] as const) {
      let covered = 0;
      for (let sample = 0; sample < samples; sample += 1) {
        const { value } = percentileInterval(
          Array.from({ length: n }, () => random.unit()),
          p,
        );
        covered += value !== null && value.low <= p && p <= value.high ? 1 : 0;
      }
      expect(covered / samples).to.be.at.least(0.94);
    }
  });

  it("refuses percentiles that so few requests cannot carry, each with its reason", () => {
    const { percentiles } = distributionOf("responseTime", upTo(25), "s");
    const [p50, p90, , p99] = percentiles;
    expect(p50).to.deep.include({ p: 0.5, value: 13, reason: null });
    expect(p90).to.deep.include({ value: null, reason: "p90 needs at least 29 samples, there are 25" });
    expect(p99).to.deep.include({ value: null, interval: null });
  });

  it("of none is none, with a reason", () => {
    expect(distributionOf("prediction", [], "s")).to.include({ n: 0, mean: null, reason: "no request had one" });
  });

  it("is read out of a histogram where no times were kept, within three digits", () => {
    const histogram = build({
      lowestDiscernibleValue: 1,
      highestTrackableValue: 4e9,
      numberOfSignificantValueDigits: 3,
    });
    const seconds = upTo(2000).map((step) => step / 700);
    for (const value of seconds) histogram.recordValue(Math.round(value * 1e6));
    const times = stepTimes({ steps: [], histogram: encodeIntoCompressedBase64(histogram) });
    expect(times).to.have.lengthOf(2000);
    times.forEach((time, index) => expect(time / (seconds[index] ?? 0)).to.be.within(0.999, 1.001));
    expect(stepTimes({ steps: [1, 2] })).to.deep.equal([1, 2]);
  });

  it("joins the blocks of a series and adds up their counts; blocks of steps have none", () => {
    const block = (counts: Record<string, number>, steps: number[], prediction: (number | null)[]): BlockLine => ({
      ...{ type: "block", environment: "serverless", round: 0, block: 0, series: "warm", at: "2026-11-22T00:00:00Z" },
      ...{
        items: 3,
        unit: "requests",
        seconds: 1,
        hostSeconds: 1,
        steps,
        metrics: {},
        counts,
        samples: { prediction },
      },
    });
    const blocks = [block({ sent: 3, failed: 1 }, [0.1, 0.2], [0.05, null]), block({ sent: 2 }, [0.3], [0.07])];
    const found = requestResults(blocks);
    expect(found?.counts).to.deep.equal({ sent: 5, failed: 1 });
    const [response, prediction] = found?.distributions ?? [];
    expect(response).to.include({ metric: "responseTime", n: 3, median: 0.2 });
    expect(prediction).to.include({ metric: "prediction", n: 2 });
    expect(requestResults(blocks.map(({ counts: _counts, ...rest }) => rest))).to.equal(null);
  });
});
