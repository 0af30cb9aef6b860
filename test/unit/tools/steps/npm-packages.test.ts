import { expect } from "chai";
import { matches } from "../../../../tools/steps/npm-packages.mjs";

const lock = {
  packages: {
    "": { version: "1.0.0" },
    "node_modules/zod": { version: "4.0.0", integrity: "sha512-a" },
    "node_modules/@esbuild/darwin-arm64": { version: "0.25.0", integrity: "sha512-b", optional: true },
  },
};

describe("matches", () => {
  it("accepts what was installed as locked, binaries of other platforms left out", () => {
    expect(matches(lock, { packages: { "node_modules/zod": { version: "4.0.0", integrity: "sha512-a" } } })).to.equal(
      true,
    );
  });

  it("refuses another version, another hash, something missing, something left over", () => {
    expect(matches(lock, { packages: { "node_modules/zod": { version: "4.0.1", integrity: "sha512-a" } } })).to.equal(
      false,
    );
    expect(matches(lock, { packages: { "node_modules/zod": { version: "4.0.0", integrity: "sha512-c" } } })).to.equal(
      false,
    );
    expect(matches(lock, { packages: {} })).to.equal(false);
    const extra = {
      "node_modules/zod": { version: "4.0.0", integrity: "sha512-a" },
      "node_modules/left-pad": { version: "1.3.0" },
    };
    expect(matches(lock, { packages: extra })).to.equal(false);
  });

  it("refuses files without packages", () => {
    expect(matches({}, {})).to.equal(false);
  });
});
