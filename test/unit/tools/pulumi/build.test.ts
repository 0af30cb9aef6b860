import { expect } from "chai";
import { readFileSync } from "node:fs";
import { buildKey, builtVersion, canBuild } from "../../../../tools/pulumi/build.mjs";

describe("canBuild", () => {
  it("takes the Go that can fetch a newer one, and newer", () => {
    expect(canBuild("go version go1.21.0 linux/amd64")).to.equal(true);
    expect(canBuild("go version go1.26.8 linux/amd64")).to.equal(true);
    expect(canBuild("go version go2.0 linux/arm64")).to.equal(true);
    expect(canBuild("go version go1.19.8 linux/amd64")).to.equal(false);
    expect(canBuild("")).to.equal(false);
  });
});

describe("buildKey", () => {
  it("changes with the Go that builds", () => {
    expect(buildKey("go version go1.24.7")).to.match(/^[0-9a-f]{16}$/);
    expect(buildKey("go version go1.24.7")).to.not.equal(buildKey("go version go1.24.8"));
  });

  it("is about the version that go.mod requires", () => {
    const goMod = readFileSync(new URL("../../../../tools/pulumi/cli/go.mod", import.meta.url), "utf8");
    expect(goMod).to.contain(`github.com/pulumi/pulumi/pkg/v3 v${builtVersion}\n`);
  });
});
