import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { digestOfTree } from "../../../../tools/root/archive.mjs";
import { clusterImageConfig, clusterImageName, writeImageArchive } from "../../../../tools/root/cluster-image.mjs";

describe("the image for clusters", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "underlay-cluster-image-"));
    mkdirSync(path.join(folder, "tree"));
    writeFileSync(path.join(folder, "tree", "file"), "content");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("is one archive, which says what root it holds and what it is called", async () => {
    const directory = path.join(folder, "tree");
    const root = { directory, digest: await digestOfTree(directory) };
    const file = path.join(folder, "root.tar");
    const manifest = await writeImageArchive(file, root, clusterImageName(root), clusterImageConfig(root));
    expect(readdirSync(folder).sort()).to.deep.equal(["root.tar", "tree"]);
    const read = (name: string): string => execFileSync("tar", ["-xOf", file, `./${name}`], { encoding: "utf8" });
    const { manifests } = JSON.parse(read("index.json")) as { manifests: { digest: string }[] };
    expect(manifests.map(({ digest }) => digest)).to.deep.equal([manifest]);
    const [docker] = JSON.parse(read("manifest.json")) as { Config: string; RepoTags: string[] }[];
    expect(docker?.RepoTags).to.deep.equal([`underlay.lab/root:${root.digest.slice(7, 19)}`]);
    const { config } = JSON.parse(read(docker?.Config ?? "")) as { config: { Env: string[] } };
    expect(config.Env).to.include(`UNDERLAY_ROOT=${root.digest}`);
  });
});
