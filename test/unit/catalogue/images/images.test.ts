import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { imageCatalogue, liveImage } from "../../../../catalogue/images/index.ts";
import { imageCatalogueSchema } from "../../../../catalogue/images/schema.ts";

describe("the image catalogue", () => {
  const { images, compatibility, sources } = imageCatalogue();

  it("has what the paper compares, marked as historical", () => {
    const historical = images.filter(({ status }) => status === "historical");
    const pairs = new Set(historical.map(({ framework, version }) => `${framework} ${version}`));
    expect([...pairs]).to.include.members([
      ...["tensorflow 1.14", "tensorflow 2.1", "pytorch 1.4", "mxnet 1.6", "cntk 2.7"],
    ]);
    expect(new Set(historical.flatMap(({ compilers }) => compilers))).to.include.keys("xla", "ngraph", "glow");
  });

  it("says of live images what they are made from: a requirement that its lock pins", () => {
    const live = images.filter(({ status }) => status === "live");
    expect(live).to.have.length.above(0);
    for (const { build, version } of live) {
      if (build.kind !== "wheel" || build.lock === null || build.requirement === null) expect.fail("no wheel");
      const lock = new URL(`../../../../${build.lock}`, import.meta.url);
      expect(existsSync(lock), build.lock).to.equal(true);
      expect(readFileSync(lock, "utf8")).to.include(`\n${build.requirement} `);
      expect(build.requirement).to.include(`==${version}.`);
    }
  });

  it("quotes the paper's three comparisons of builds", () => {
    const claims = images.flatMap(({ id, claims: own }) => own.map(({ than, speedup }) => [id, than, speedup]));
    expect(claims).to.deep.include.members([
      ["pytorch-1.4-source-cpu", "pytorch-1.4-hub-cpu", 1.17],
      ["tensorflow-2.1-source-cpu", "tensorflow-2.1-hub-cpu", 1.04],
      ["tensorflow-2.1-hub-cpu", "tensorflow-1.14-hub-cpu", 1.54],
    ]);
  });

  it("knows what goes with every live image for accelerators, and uses every source", () => {
    for (const { framework, version } of images.filter(
      (each) => each.status === "live" && each.accelerator !== "none",
    )) {
      const rows = compatibility.filter((row) => row.framework === framework && row.version === version);
      expect(
        rows.some(({ cuda, cudnn }) => cuda !== null && cudnn !== null),
        `${framework} ${version}`,
      ).to.equal(true);
    }
    const used = new Set([...images.flatMap((image) => image.sources), ...compatibility.map(({ source }) => source)]);
    expect([...used].sort()).to.deep.equal(sources.map(({ id }) => id).sort());
  });

  it("refuses a claim beside an image that it has not, and a source that it does not name", () => {
    const broken = structuredClone(imageCatalogue());
    broken.images[0]!.sources = ["nobody"];
    broken.images.find(({ claims }) => claims.length > 0)!.claims[0]!.than = "nothing";
    const { error } = imageCatalogueSchema.safeParse(broken);
    expect(error?.issues.map(({ message }) => message)).to.have.members([
      "there is no source nobody",
      "there is no image nothing",
    ]);
  });
});

describe("liveImage", () => {
  it("knows an image by the version that its framework says", () => {
    expect(liveImage("tensorflow", "2.21.0")?.id).to.equal("tensorflow-2.21-wheel-cpu");
    expect(liveImage("pytorch", "2.15.0+cpu")?.id).to.equal("pytorch-2.15-wheel-cpu");
  });

  it("takes no version for another that begins alike, and none that is historical", () => {
    for (const version of ["2.2.0", "2.210.0", "2.1.0", ""])
      expect(liveImage("tensorflow", version)).to.equal(undefined);
  });
});
