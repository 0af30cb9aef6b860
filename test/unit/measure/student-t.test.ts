import { expect } from "chai";
import { studentTMultiplier, studentTTail } from "../../../measure/student-t.ts";

describe("Student's t", () => {
  // Any printed table of the distribution.
  for (const [freedom, expected] of [
    [1, 12.7062],
    [2, 4.3027],
    [3, 3.1824],
    [7, 2.3646],
    [11, 2.201],
    [30, 2.0423],
    [120, 1.9799],
  ] as const) {
    it(`has the 95 % multiplier ${expected} with ${freedom} degrees of freedom`, () => {
      expect(studentTMultiplier(0.95, freedom)).to.be.closeTo(expected, 6e-5);
    });
  }

  it("has the 99 % multiplier 3.3554 with 8 degrees of freedom", () => {
    expect(studentTMultiplier(0.99, 8)).to.be.closeTo(3.3554, 6e-5);
  });

  it("is the Cauchy distribution with one degree of freedom", () => {
    for (const t of [0, 0.5, 1, 3, 40]) {
      expect(studentTTail(t, 1)).to.be.closeTo(1 - (2 / Math.PI) * Math.atan(t), 1e-10);
    }
  });

  it("nears the normal distribution with many", () => {
    expect(studentTMultiplier(0.95, 1e6)).to.be.closeTo(1.959964, 1e-5);
  });
});
