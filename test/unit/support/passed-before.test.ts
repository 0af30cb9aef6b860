import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { keyOfInputs } from "../../support/passed-before.mjs";

describe("what a check reads", () => {
  let root: string;
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  };
  const key = (...more: string[]): string => keyOfInputs(root, more);

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "inputs-"));
    write("a/one.ts", "1");
    write("node_modules/.package-lock.json", "{}");
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const changes: Readonly<Record<string, () => void>> = {
    "a changed file": () => write("a/one.ts", "2"),
    "another name": () => {
      rmSync(path.join(root, "a/one.ts"));
      write("a/two.ts", "1");
    },
    "another folder": () => {
      rmSync(path.join(root, "a"), { recursive: true });
      write("b/one.ts", "1");
    },
    "a new file, even a hidden one": () => write(".settings", ""),
    "a link": () => symlinkSync("one.ts", path.join(root, "a/link.ts")),
    "other packages": () => write("node_modules/.package-lock.json", '{"packages":{}}'),
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`is another thing after ${what}`, () => {
      const before = key();
      change();
      expect(key()).to.not.equal(before);
    });
  }

  it("is another thing for another tool, and where content moves between files", () => {
    expect(key("eslint")).to.not.equal(key("tsc"));
    write("a/two.ts", "");
    const before = key();
    write("a/one.ts", "");
    write("a/two.ts", "1");
    expect(key()).to.not.equal(before);
  });

  it("is the same elsewhere, and whatever git ignores", () => {
    const before = key();
    write("dist/a.js", "");
    write("a/__pycache__/one.pyc", "");
    write(".git/HEAD", "");
    expect(key()).to.equal(before);
    const copy = mkdtempSync(path.join(tmpdir(), "inputs-"));
    rmSync(copy, { recursive: true });
    symlinkSync(root, copy);
    expect(keyOfInputs(copy, [])).to.equal(before);
    rmSync(copy);
  });
});
