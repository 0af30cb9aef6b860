import { expect } from "chai";
import fc from "fast-check";
import * as text from "../../../report/number-text.ts";

describe("number-text", () => {
  it("keeps a number's size to its significant digits", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), fc.boolean(), (size, negative) => {
        const value = negative ? -size : size;
        const shown = Number(text.numberText(value, 4).replace("−", "-"));
        expect(Math.abs(shown - value)).to.be.at.most(
          Math.max(0.5, 0) * 10 ** (Math.floor(Math.log10(size)) - 3) * 1.001 + (size >= 1e3 ? 0.5 : 0),
        );
      }),
    );
  });
  it("writes numbers as people do", () => {
    expect(text.numberText(2.8561)).to.equal("2.856");
    expect(text.numberText(187.34)).to.equal("187.3");
    expect(text.numberText(23456.7)).to.equal("23457");
    expect(text.numberText(-0.00012345, 2)).to.equal("−0.00012");
    expect(text.numberText(0)).to.equal("0");
  });
  it("writes ratios with three decimals, and more or fewer where these say too little or too much", () => {
    expect([0.96812, 1, 12.3456, 0.00123].map(text.ratioText)).to.deep.equal(["0.968", "1.000", "12.35", "0.0012"]);
  });
  it("writes changes with their sign", () => {
    expect([0.968, 1.0321, 1.00004, 3.5].map(text.changeText)).to.deep.equal(
      ["−3.2", "+3.2", "0.0", "+250"].map((each) => `${each}\u00a0%`),
    );
  });
  it("writes durations", () => {
    expect([48.2, 120, 1477, 11_100].map(text.durationText)).to.deep.equal([
      "48 s",
      "2 min",
      "24 min 37 s",
      "3 h 5 min",
    ]);
  });
  it("shortens digests only", () => {
    expect(text.shortDigest(`sha256:${"0123456789abcdef".repeat(4)}`)).to.equal("sha256:0123456789ab…");
    expect(text.shortDigest("6.1.0-31-cloud-amd64")).to.equal("6.1.0-31-cloud-amd64");
  });
  it("writes lists", () => {
    expect([["a"], ["a", "b"], ["a", "b", "c"]].map(text.listText)).to.deep.equal(["a", "a and b", "a, b and c"]);
  });
});
