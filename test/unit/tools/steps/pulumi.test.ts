import { expect } from "chai";
import { atLeast } from "../../../../tools/steps/pulumi.mjs";

describe("atLeast", () => {
  it("compares numbers, not text", () => {
    expect(atLeast("3.220.0", "3.220.0")).to.equal(true);
    expect(atLeast("3.1000.0", "3.220.0")).to.equal(true);
    expect(atLeast("4.0.0", "3.220.0")).to.equal(true);
    expect(atLeast("3.99.9", "3.220.0")).to.equal(false);
    expect(atLeast("3.220", "3.220.1")).to.equal(false);
  });
});
