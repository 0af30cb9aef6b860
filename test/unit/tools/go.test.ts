import { expect } from "chai";
import { canBuild } from "../../../tools/go.mjs";

describe("canBuild", () => {
  it("takes the Go that can fetch a newer one, and newer", () => {
    expect(canBuild("go version go1.21.0 linux/amd64")).to.equal(true);
    expect(canBuild("go version go1.26.8 linux/amd64")).to.equal(true);
    expect(canBuild("go version go2.0 linux/arm64")).to.equal(true);
    expect(canBuild("go version go1.19.8 linux/amd64")).to.equal(false);
    expect(canBuild("")).to.equal(false);
  });
});
