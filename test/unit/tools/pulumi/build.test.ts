import { expect } from "chai";
import { readFileSync } from "node:fs";
import { buildKey, builtVersion } from "../../../../tools/pulumi/build.mjs";

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
