import { expect } from "chai";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { matches, mustBeOwn, refusesUnavailable } from "../../../../tools/steps/npm-packages.mjs";

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

describe("refusesUnavailable", () => {
  const usage = "npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when ...\n";

  it("knows a lock without an unavailable optional package, whose version npm leaves empty", () => {
    expect(refusesUnavailable(`${usage}npm error Missing: @oxc-parser/binding-darwin-x64@ from lock file\n`)).to.equal(
      true,
    );
  });

  it("keeps every other complaint a failure", () => {
    expect(refusesUnavailable(`${usage}npm error Missing: zod@4.0.0 from lock file\n`)).to.equal(false);
    expect(
      refusesUnavailable(`${usage}npm error Invalid: lock file's zod@4.0.0 does not satisfy zod@4.1.0\n`),
    ).to.equal(false);
    expect(refusesUnavailable("npm error code ECONNRESET\n")).to.equal(false);
    expect(refusesUnavailable("")).to.equal(false);
  });
});

describe("mustBeOwn", () => {
  it("refuses packages of another checkout, which npm would empty", () => {
    const folder = mkdtempSync(join(tmpdir(), "underlay-packages-"));
    try {
      const [own, linked] = [join(folder, "node_modules"), join(folder, "linked")];
      mkdirSync(own);
      symlinkSync(own, linked);
      expect(() => mustBeOwn(linked)).to.throw("is a link");
      expect(() => mustBeOwn(own)).to.not.throw();
      expect(() => mustBeOwn(join(folder, "none"))).to.not.throw();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
