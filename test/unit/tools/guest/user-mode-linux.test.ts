import { expect } from "chai";
import { isSwift } from "../../../../tools/guest/user-mode-linux.mjs";

describe("isSwift", () => {
  for (const [release, swift] of [
    ["6.1.176", false],
    ["6.9", false],
    ["6.15.9-rc1", false],
    ["6.16", true],
    ["7.0.1", true],
    ["10.0", true],
    ["", false],
    ["unknown", false],
  ] as const) {
    it(`says ${String(swift)} of "${release}"`, () => {
      expect(isSwift(release)).to.equal(swift);
    });
  }
});
