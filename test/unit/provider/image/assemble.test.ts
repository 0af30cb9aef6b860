import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { execute } from "../../../../provider/execute.ts";
import { mountsBelow, removeTree } from "../../../../provider/image/assemble.ts";
import { TemporaryHomes } from "../../../support/machine-file.ts";
import { skip } from "../../../support/skip.ts";

describe("a folder that was built in", () => {
  it("has the mounts below it, innermost first, and not itself or its neighbours", () => {
    const line = (point: string): string => `36 35 98:0 / ${point} rw - ext4 /dev/root rw`;
    const info = ["/b", "/b/tree/dev", "/b/tree/dev/pts", "/b/my\\040tree", "/bb/tree"].map(line).join("\n");
    expect(mountsBelow(info, "/b")).to.deep.equal(["/b/tree/dev/pts", "/b/tree/dev", "/b/my tree"]);
  });

  it("is removed without what was left mounted in it", async function () {
    if (process.getuid?.() !== 0) skip(this, "only root mounts");
    const homes = new TemporaryHomes();
    const [outside, built] = [homes.folder("outside"), homes.folder("built")];
    writeFileSync(path.join(outside, "kept"), "");
    mkdirSync(path.join(built, "tree", "dev"), { recursive: true });
    await execute(["mount", "--bind", outside, path.join(built, "tree", "dev")], { timeoutSec: 10 });
    await removeTree(built);
    expect(existsSync(built)).to.equal(false);
    expect(existsSync(path.join(outside, "kept"))).to.equal(true);
    homes.restore();
  });
});
