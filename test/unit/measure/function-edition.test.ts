import { expect } from "chai";
import { billedMs, cpusOfMemory } from "../../../measure/function-edition.ts";

describe("the CPU share of a function", () => {
  it("is proportional to its memory: one CPU at 1,769 MB, and at 1,664 MB in 2017", () => {
    expect(cpusOfMemory(1769, "current")).to.equal(1);
    expect(cpusOfMemory(1664, "2017")).to.equal(1);
    expect(cpusOfMemory(128, "current")).to.be.closeTo(0.0724, 0.0001);
    expect(cpusOfMemory(10_240, "current")).to.be.closeTo(5.79, 0.01);
  });
});

describe("what is billed", () => {
  it("is each begun millisecond today, of the initialisation too", () => {
    expect(billedMs(12.01, 0, "current")).to.equal(13);
    expect(billedMs(12.01, 100.5, "current")).to.equal(113);
    expect(billedMs(0, 0, "current")).to.equal(1);
  });

  it("was each begun tenth of a second in 2017, of the request alone", () => {
    expect(billedMs(100, 0, "2017")).to.equal(100);
    expect(billedMs(100.1, 900, "2017")).to.equal(200);
    expect(billedMs(0, 900, "2017")).to.equal(100);
  });
});
