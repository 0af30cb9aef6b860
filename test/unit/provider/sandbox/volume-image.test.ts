import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { execute } from "../../../../provider/execute.ts";
import { volumeImage } from "../../../../provider/sandbox/volume-image.ts";
import { TemporaryHomes } from "../../../support/machine-file.ts";
import { skip } from "../../../support/skip.ts";

describe("a volume's block image", () => {
  let homes: TemporaryHomes;
  let folder: string;

  before(function () {
    if (spawnSync("/sbin/mke2fs", ["-V"]).status !== 0) {
      skip(this, "there is no mke2fs (Debian: apt-get install e2fsprogs)");
    }
  });
  beforeEach(() => {
    homes = new TemporaryHomes();
    folder = homes.folder("photographs");
    mkdirSync(path.join(folder, "cats"));
    writeFileSync(path.join(folder, "cats", "a.jpeg"), "a".repeat(50_000));
  });
  afterEach(() => {
    homes.restore();
  });

  const images = (): string[] => readdirSync(path.join(homes.directory, "cache/underlay/volumes"));

  it("holds the folder's files", async () => {
    const image = await volumeImage(folder, {});
    const content = await execute(["debugfs", "-R", "cat /cats/a.jpeg", image], { timeoutSec: 20 });
    expect(content).to.equal("a".repeat(50_000));
  });

  it("is made once for what has not changed", async () => {
    const image = await volumeImage(folder, {});
    const before = readFileSync(image);
    expect(await volumeImage(folder, {})).to.equal(image);
    expect(readFileSync(image).equals(before)).to.equal(true);
    expect(images()).to.deep.equal([path.basename(image)]);
  });

  it("is made once for two guests that need it at the same time", async () => {
    const [one, two] = await Promise.all([volumeImage(folder, {}), volumeImage(folder, {})]);
    expect(one).to.equal(two);
    expect(images()).to.deep.equal([path.basename(one)]);
    expect(spawnSync("/sbin/e2fsck", ["-fn", one]).status).to.equal(0);
  });

  it("is another one once a file has changed", async () => {
    const image = await volumeImage(folder, {});
    const file = path.join(folder, "cats", "a.jpeg");
    writeFileSync(file, "b".repeat(50_000));
    utimesSync(file, new Date(), new Date(Date.now() + 5000));
    expect(await volumeImage(folder, {})).not.to.equal(image);
  });

  it("leaves nothing half made when it fails, and may be tried again", async () => {
    const failing = { PATH: path.join(homes.directory, "no-such-folder") };
    let failed = false;
    await volumeImage(folder, failing).catch(() => {
      failed = true;
    });
    expect(failed).to.equal(true);
    expect(images()).to.deep.equal([]);
    expect(await volumeImage(folder, {})).to.match(/\.ext4$/);
  });
});
