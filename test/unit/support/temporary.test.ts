import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { makeTemporary, mountsBelow, removeTemporary } from "../../support/temporary.mjs";

const mountInfo = String.raw`22 1 254:0 / / rw,relatime - ext4 /dev/root rw
40 22 0:30 / /tmp/underlay-test-a/x\040y rw - tmpfs tmpfs rw
41 22 0:31 / /tmp/underlay-test-ab rw - tmpfs tmpfs rw`;

describe("the temporary folder of a run", () => {
  it("finds what is mounted below it, and nothing else", () => {
    expect(mountsBelow("/tmp/underlay-test-a", mountInfo)).to.deep.equal(["/tmp/underlay-test-a/x y"]);
    expect(mountsBelow("/tmp/underlay-test-c", mountInfo)).to.deep.equal([]);
  });

  it("is made and removed with what is in it", () => {
    const folder = makeTemporary();
    writeFileSync(path.join(folder, "file"), "");
    expect(removeTemporary(folder)).to.equal(null);
    expect(existsSync(folder)).to.equal(false);
  });
});
