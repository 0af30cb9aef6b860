import { expect } from "chai";
import { isNewEnough } from "../../../../tools/steps/uv.mjs";

describe("isNewEnough", () => {
  it("takes uv 0.5 and newer", () => {
    expect(isNewEnough("uv 0.13.9 (x86_64-unknown-linux-gnu)")).to.equal(true);
    expect(isNewEnough("uv 1.0.0")).to.equal(true);
    expect(isNewEnough("uv 0.4.30")).to.equal(false);
    expect(isNewEnough("")).to.equal(false);
  });
});
