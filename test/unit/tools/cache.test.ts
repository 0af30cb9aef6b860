import { expect } from "chai";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cached, mountsBelow, prune, pruneUnused, sweep } from "../../../tools/cache.mjs";

const hourMs = 3_600_000;

describe("cache", () => {
  let folder = "";

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "underlay-cache-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("builds once per key", async () => {
    let times = 0;
    const make = async (building: string) => {
      times += 1;
      writeFileSync(path.join(building, "file"), "content");
    };
    const parent = path.join(folder, "root");
    const first = await cached(parent, "key", make);
    const second = await cached(parent, "key", make);
    expect(first).to.equal(path.join(parent, "key"));
    expect(second).to.equal(first);
    expect(times).to.equal(1);
    expect(readdirSync(parent)).to.deep.equal(["key"]);
  });

  it("keeps nothing of a failed build", async () => {
    const parent = path.join(folder, "root");
    const failed: unknown = await cached(parent, "key", async (building) => {
      writeFileSync(path.join(building, "half"), "");
      throw new Error("no space left");
    }).catch((error: unknown) => error);
    expect((failed as Error).message).to.equal("no space left");
    expect(readdirSync(parent)).to.deep.equal([]);
  });

  it("takes what another process put in place meanwhile", async () => {
    const parent = path.join(folder, "root");
    const target = await cached(parent, "key", async (building) => {
      writeFileSync(path.join(building, "mine"), "");
      mkdirSync(path.join(parent, "key"));
      writeFileSync(path.join(parent, "key", "theirs"), "");
    });
    expect(readdirSync(target)).to.deep.equal(["theirs"]);
    expect(readdirSync(parent)).to.deep.equal(["key"]);
  });

  it("sweeps what a killed set-up left half built, and nothing else", async () => {
    mkdirSync(path.join(folder, "root", ".building-key-1", "tree"), { recursive: true });
    mkdirSync(path.join(folder, "root", "other"));
    expect(await sweep(folder)).to.deep.equal([path.join(folder, "root", ".building-key-1")]);
    expect(readdirSync(path.join(folder, "root"))).to.deep.equal(["other"]);
  });

  it("leaves alone for a day what runs may be building", async () => {
    const folders = ["images", "services"].map((name) => path.join(folder, name, ".building-a"));
    for (const each of folders) mkdirSync(each, { recursive: true });
    expect(await sweep(folder)).to.deep.equal([]);
    expect(await sweep(folder, Date.now() + 25 * hourMs)).to.deep.equal(folders);
  });

  it("prunes what runs made and nobody used for long, and nothing that set-up got", async () => {
    const places = ["data-sets/old", "functions/tasks/old", "volumes/old.ext4"].map((name) => path.join(folder, name));
    const kept = ["data-sets/used", "root/old", "functions/own"].map((name) => path.join(folder, name));
    for (const each of [...places, ...kept]) mkdirSync(each, { recursive: true });
    const now = Date.now() + 91 * 24 * hourMs;
    utimesSync(kept[0] ?? "", new Date(now - hourMs), 0);
    expect(await pruneUnused(folder, 90)).to.deep.equal([]);
    expect(await pruneUnused(folder, 90, now)).to.deep.equal(places);
    for (const each of kept) expect(existsSync(each), each).to.equal(true);
    expect(await pruneUnused(path.join(folder, "nothing"), 90, now)).to.deep.equal([]);
  });

  it("prunes all but the newest", async () => {
    const parent = path.join(folder, "root");
    for (const [index, name] of ["oldest", "older", "newest"].entries()) {
      mkdirSync(path.join(parent, name), { recursive: true });
      utimesSync(path.join(parent, name), 1000 + index, 1000 + index);
    }
    expect(await prune(parent, 2)).to.deep.equal(["oldest"]);
    expect(existsSync(path.join(parent, "newest"))).to.equal(true);
    expect(await prune(path.join(folder, "nothing"), 2)).to.deep.equal([]);
  });

  it("finds the mounts below a folder, innermost first", () => {
    const line = (point: string) => `36 35 98:0 / ${point} rw,noatime shared:1 - ext4 /dev/root rw`;
    const info = ["/", "/cache/tree", "/cache/tree/dev", "/cache/treehouse", "/cache/tree/a\\040b/c"]
      .map(line)
      .join("\n");
    expect(mountsBelow(info, "/cache/tree")).to.deep.equal(["/cache/tree/a b/c", "/cache/tree/dev", "/cache/tree"]);
  });
});
