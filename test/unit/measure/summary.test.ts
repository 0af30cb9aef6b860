import { expect } from "chai";
import { summaryOf } from "../../../measure/summary.ts";

describe("summaryOf", () => {
  it("has the reason for what too few values do not have", () => {
    expect(summaryOf([], "s", "nothing was measured")).to.deep.equal({
      unit: "s",
      n: 0,
      median: null,
      mean: null,
      standardDeviation: null,
      interval: null,
      reason: "nothing was measured",
    });
    expect(summaryOf([4], "s", "")).to.include({
      mean: 4,
      median: 4,
      standardDeviation: null,
      interval: null,
      reason: "1 value: an interval needs at least 3",
    });
  });

  it("has everything and no reason from three values on", () => {
    const summary = summaryOf([1, 2, 6], "s", "");
    expect(summary).to.include({ n: 3, mean: 3, median: 2, reason: null });
    expect(summary.interval?.method).to.equal("Student's t");
  });
});
