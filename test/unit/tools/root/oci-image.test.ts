import { expect } from "chai";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { digestOfTree } from "../../../../tools/root/archive.mjs";
import { writeImage } from "../../../../tools/root/oci-image.mjs";

describe("writeImage", () => {
  let folder = "";
  let tree = "";

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "underlay-image-"));
    tree = path.join(folder, "tree");
    mkdirSync(tree);
    writeFileSync(path.join(tree, "file"), "content");
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  async function write(name: string): Promise<string> {
    const target = path.join(folder, name);
    mkdirSync(target);
    return writeImage(target, { directory: tree, digest: await digestOfTree(tree) }, "localhost/underlay-root:test");
  }

  it("names every blob by its digest, and the tree's archive as the only layer", async () => {
    const manifest = await write("image");
    const blobs = path.join(folder, "image", "blobs", "sha256");
    const names = readdirSync(blobs);
    expect(names).to.have.length(3);
    for (const name of names) {
      expect(
        createHash("sha256")
          .update(readFileSync(path.join(blobs, name)))
          .digest("hex"),
      ).to.equal(name);
    }
    const text = readFileSync(path.join(blobs, manifest.slice("sha256:".length)), "utf8");
    const { layers } = JSON.parse(text) as { layers: readonly { digest: string }[] };
    expect(layers.map(({ digest }) => digest)).to.deep.equal([await digestOfTree(tree)]);
  });

  it("has the same digest for the same tree, whenever it is made", async () => {
    const first = await write("first");
    utimesSync(path.join(tree, "file"), 1000, 1000);
    expect(await write("second")).to.equal(first);
  });

  it("refuses a tree that was changed since it was made", async () => {
    const digest = await digestOfTree(tree);
    writeFileSync(path.join(tree, "file"), "changed");
    const failed: unknown = await writeImage(path.join(folder, "image"), { directory: tree, digest }, "x:y").catch(
      (error: unknown) => error,
    );
    expect((failed as Error).message).to.contain("was changed");
  });
});
