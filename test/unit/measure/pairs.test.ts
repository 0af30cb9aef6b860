import { expect } from "chai";
import { verdictOf } from "../../../measure/pairs.ts";

describe("verdictOf", () => {
  const interval = (low: number, high: number) => ({ low, high, level: 0.95, method: "" }) as const;

  it("reads throughput and elapsed time in opposite directions", () => {
    expect(verdictOf("throughput", interval(1.01, 1.2))).to.equal("faster");
    expect(verdictOf("throughput", interval(0.8, 0.99))).to.equal("slower");
    expect(verdictOf("elapsed", interval(1.01, 1.2))).to.equal("slower");
    expect(verdictOf("elapsed", interval(0.8, 0.99))).to.equal("faster");
  });

  it("counts the ends of the interval in", () => {
    for (const ends of [interval(1, 1.1), interval(0.9, 1), interval(1, 1)]) {
      expect(verdictOf("throughput", ends)).to.equal("no credible difference");
      expect(verdictOf("elapsed", ends)).to.equal("no credible difference");
    }
  });
});
