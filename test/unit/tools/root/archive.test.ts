import { expect } from "chai";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { digestOfTree } from "../../../../tools/root/archive.mjs";

describe("digestOfTree", () => {
  let folder = "";

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "underlay-tree-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function tree(name: string, files: Readonly<Record<string, string>>): string {
    const root = path.join(folder, name);
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(root, file), content);
    }
    symlinkSync("usr/bin", path.join(root, "bin"));
    return root;
  }

  it("is equal for equal content, whatever the order and the times", async () => {
    const one = tree("one", { "usr/bin/a": "A", "usr/bin/b": "B" });
    const two = tree("two", { "usr/bin/b": "B", "usr/bin/a": "A" });
    utimesSync(path.join(two, "usr/bin/a"), 1000, 1000);
    const digest = await digestOfTree(one);
    expect(digest).to.match(/^sha256:[0-9a-f]{64}$/);
    expect(await digestOfTree(two)).to.equal(digest);
  });

  it("differs for another byte, another name, another mode", async () => {
    const digest = await digestOfTree(tree("one", { "usr/bin/a": "A" }));
    expect(await digestOfTree(tree("byte", { "usr/bin/a": "a" }))).to.not.equal(digest);
    expect(await digestOfTree(tree("name", { "usr/bin/A": "A" }))).to.not.equal(digest);
    const other = tree("mode", { "usr/bin/a": "A" });
    chmodSync(path.join(other, "usr/bin/a"), 0o755);
    expect(await digestOfTree(other)).to.not.equal(digest);
  });
});
