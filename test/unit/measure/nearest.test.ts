import { expect } from "chai";
import { nearest } from "../../../measure/nearest.ts";

describe("nearest", () => {
  it("is the name with the fewest letters to change", () => {
    expect(nearest("batchsize", ["rounds", "batchSize", "blocks"])).to.equal("batchSize");
  });

  it("is the first of those alike, and empty when there is none", () => {
    expect(nearest("c", ["a", "b"])).to.equal("a");
    expect(nearest("c", [])).to.equal("");
  });
});
