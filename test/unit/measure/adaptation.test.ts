import { expect } from "chai";
import { adaptationOf } from "../../../measure/adaptation.ts";

const runs = (gains: readonly number[]) =>
  gains.map((gain, at) => ({ transfer: 0.6 + gain + at / 100, scratch: 0.6 + at / 100 }));

describe("an adapted model against one from scratch", () => {
  it("is held by repetition, whose images both share", () => {
    const { gain, verdict, transfer } = adaptationOf(runs([0.1, 0.12, 0.11, 0.1, 0.12]));
    expect(gain.mean).to.be.closeTo(0.11, 1e-12);
    expect(gain.interval?.low).to.be.above(0.09);
    expect(verdict).to.equal("better");
    expect(transfer).to.include({ n: 5, unit: "share" });
  });

  it("may be worse, the same as far as one can tell, or too seldom repeated", () => {
    expect(adaptationOf(runs([-0.1, -0.12, -0.11])).verdict).to.equal("worse");
    expect(adaptationOf(runs([-0.1, 0.12, 0.01])).verdict).to.equal("no credible difference");
    const { gain, verdict } = adaptationOf(runs([0.1, 0.2]));
    expect(verdict).to.equal("cannot tell");
    expect(gain.interval).to.equal(null);
    expect(gain.reason).to.include("2 values");
  });
});
