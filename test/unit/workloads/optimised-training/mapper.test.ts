import { expect } from "chai";
import { imageCatalogue } from "../../../../catalogue/images/index.ts";
import type { ImageMeasurement } from "../../../../catalogue/images/schema.ts";
import { mapImage, type MapperArgs } from "../../../../workloads/optimised-training/mapper.ts";
import type { ImageWish } from "../../../../workloads/optimised-training/wish.ts";

const catalogue = imageCatalogue();
const wish = (change: Partial<ImageWish> = {}): ImageWish => ({
  framework: "tensorflow",
  version: "2.1",
  optimisedBuild: true,
  cpu: "x86",
  accelerator: "none",
  compilers: [],
  without: [],
  ...change,
});
const map = (change: Partial<ImageWish> = {}, args: Partial<MapperArgs> = {}) =>
  mapImage(wish(change), { catalogue, workload: "mnist-cnn", ...args });

function measured(image: string, value: number, change: Partial<ImageMeasurement> = {}): ImageMeasurement {
  return {
    image,
    compilers: ["onednn"],
    workload: "mnist-cnn",
    target: "local",
    epochSec: { value, low: value * 0.9, high: value * 1.1 },
    n: 12,
    at: "2026-11-22",
    record: "0".repeat(64),
    ...change,
  };
}

describe("mapImage", () => {
  it("chooses the optimised build where it is asked for, by what was published", () => {
    const { chosen, runnersUp } = map();
    expect(chosen?.image.id).to.equal("tensorflow-2.1-source-cpu");
    expect(chosen?.expected).to.include({ speedup: 1.04, basis: "published" });
    expect(runnersUp[0]?.image.id).to.equal("tensorflow-2.1-hub-cpu");
    expect(runnersUp[0]?.relativeTime).to.be.closeTo(1.04, 1e-9);
  });

  it("chooses no optimised build where none is asked for, and says so", () => {
    const { chosen, refused } = map({ optimisedBuild: false });
    expect(chosen?.image.build.kind).to.not.equal("source");
    const why = refused.find(({ id }) => id === "tensorflow-2.1-source-cpu")?.why;
    expect(why).to.equal("is an optimised build, and enable_opt_build is false");
  });

  it("chooses only what carries the compilers, for the accelerator, with the interface of the version", () => {
    const { chosen, refused } = map({ version: "1.14", compilers: ["ngraph"] });
    expect(chosen?.image.id).to.equal("tensorflow-1.14-wheel-ngraph-cpu");
    const why = Object.fromEntries(refused.map(({ id, why: reason }) => [id, reason]));
    expect(why["tensorflow-1.14-hub-cpu"]).to.equal("does not carry ngraph");
    expect(why["tensorflow-2.1-hub-gpu"]).to.equal("is for accelerator nvidia, not none");
    expect(map({ version: "1.14" }).refused.map(({ why: reason }) => reason)).to.include(
      "is version 2.1, whose interface is not that of 1.14",
    );
  });

  it("takes the nearest version of the same interface, and says so", () => {
    const { chosen, notes } = map({ version: "1.1" });
    expect(chosen?.image.version).to.equal("1.14");
    expect(notes).to.include("Version 1.1 was asked for and is not in the catalogue; 1.14 is the nearest.");
  });

  it("knows 2.21.0 and 2 for 2.21", () => {
    expect(map({ version: "2.21.0" }).notes.join()).to.not.include("was asked for");
    expect(map({ version: "2.20" }).notes.join()).to.include("Version 2.20 was asked for");
    expect(map({ version: "2" }).chosen?.reasons[0]).to.match(/as asked for$/);
  });

  it("takes the newest that can be had where no version is asked for", () => {
    expect(map({ version: null }).chosen?.image.id).to.equal("tensorflow-2.21-wheel-cpu");
  });

  it("finds nothing for an accelerator that no image is for, and says why of each", () => {
    const { chosen, refused, notes } = map({ accelerator: "fpga" });
    expect(chosen).to.equal(null);
    expect(refused).to.have.lengthOf(catalogue.images.filter(({ framework }) => framework === "tensorflow").length);
    expect(notes).to.deep.equal(["The catalogue has no image of tensorflow that can be it."]);
  });

  it("warns of a compiler whose worth was not measured, and not of one that was", () => {
    const xla = { version: "2.21", compilers: ["xla"] } as const;
    expect(map(xla).notes.join()).to.match(/Whether xla makes this faster is not measured/);
    const measurements = [
      measured("tensorflow-2.21-wheel-cpu", 10),
      measured("tensorflow-2.21-wheel-cpu", 12.5, { compilers: ["xla", "onednn"] }),
    ];
    const { chosen, notes } = map(xla, { measurements, target: "local" });
    expect(chosen?.expected).to.include({ speedup: 0.8, basis: "measured" });
    expect(notes.join()).to.not.include("is not measured");
  });

  it("says where an optimised build is asked for and there is none", () => {
    const note = "enable_opt_build is true, and the catalogue has no 2.21 compiled for its target that can be it.";
    expect(map({ version: "2.21" }).notes).to.deep.equal([note]);
    expect(map({ version: "2.21", optimisedBuild: false }).notes).to.deep.equal([]);
    expect(map({ version: "2.1" }).notes.join()).to.not.include("enable_opt_build");
  });

  describe("with measurements", () => {
    const twin = { ...catalogue.images.find(({ id }) => id === "tensorflow-2.21-wheel-cpu")!, id: "twin" };
    const build = { kind: "source" as const, flags: ["-march=native"], compiler: null, buildTool: null };
    const two = { ...catalogue, images: [...catalogue.images, { ...twin, build }] };
    const plain = measured("tensorflow-2.21-wheel-cpu", 10);

    it("prefers what was measured to be faster, against the rule", () => {
      const slow = map(
        { version: "2.21" },
        { catalogue: two, measurements: [plain, measured("twin", 12.5)], target: "local" },
      );
      expect(slow.chosen?.image.id).to.equal("tensorflow-2.21-wheel-cpu");
      expect(slow.runnersUp[0]?.relativeTime).to.be.closeTo(1.25, 1e-9);
      const fast = map(
        { version: "2.21" },
        { catalogue: two, measurements: [plain, measured("twin", 8)], target: "local" },
      );
      expect(fast.chosen?.image.id).to.equal("twin");
      expect(fast.chosen?.expected?.speedup).to.be.closeTo(1.25, 1e-9);
      expect(fast.chosen?.reasons[2]).to.include("8.00 s per epoch (7.20 to 8.80, n = 12)");
    });

    it("takes the build that was asked for where speeds cannot be told apart, and says so", () => {
      const args = { catalogue: two, measurements: [plain, measured("twin", 11)], target: "local" };
      const { chosen, runnersUp } = map({ version: "2.21" }, args);
      expect(chosen?.image.id).to.equal("twin");
      // ln 1.1 ± √(ln(1/0.9)² + ln 1.1²), the other way round above.
      expect(chosen?.reasons.at(-1)).to.equal(
        "goes before tensorflow-2.21-wheel-cpu with onednn: 1.10 times as fast (0.95 to 1.27, no credible difference), " +
          "and this one is built as asked for",
      );
      expect(runnersUp[0]?.relativeTime).to.be.closeTo(1 / 1.1, 1e-9);
    });

    it("lets the newest count, and none of another target, workload or setting", () => {
      const measurements = [
        ...[plain, measured("twin", 8, { at: "2026-11-21" }), measured("twin", 20)],
        measured("twin", 1, { target: "elsewhere", at: "2026-11-23" }),
        measured("twin", 1, { workload: "resnet50-imagenet", at: "2026-11-23" }),
        measured("twin", 1, { compilers: ["xla"], at: "2026-11-23" }),
      ];
      const { runnersUp } = map(
        { version: "2.21", without: ["xla"] },
        { catalogue: two, measurements, target: "local" },
      );
      expect(runnersUp[0]?.image.id).to.equal("twin");
      expect(runnersUp[0]?.relativeTime).to.be.closeTo(2, 1e-9);
    });
  });

  it("holds a time against the plain one of its own run: the machine may have been busier in another", () => {
    const image = "tensorflow-2.21-wheel-cpu";
    const [busy, quiet] = ["b".repeat(64), "c".repeat(64)];
    const measurements = [
      measured(image, 50, { run: busy }),
      measured(image, 10, { run: quiet }),
      measured(image, 12.5, { compilers: ["xla", "onednn"], run: quiet }),
    ];
    const { chosen, runnersUp } = map({ version: "2.21" }, { measurements, target: "local" });
    expect(chosen?.compilers).to.deep.equal(["onednn"]);
    expect(runnersUp[0]?.expected).to.include({ speedup: 0.8 });
  });

  it("chooses settings that were tuned, beside the defaults, and says how they are given", () => {
    const image = "tensorflow-2.21-wheel-cpu";
    const settings = { arguments: ["--intra-threads", "1"], environment: { OMP_NUM_THREADS: "1" } };
    const measurements = [measured(image, 8, { settings }), measured(image, 10)];
    const { chosen, runnersUp } = map({ version: "2.21" }, { measurements, target: "local" });
    expect(chosen).to.deep.include({ settings, compilers: ["onednn"] });
    expect(chosen?.expected?.speedup).to.be.closeTo(1.25, 1e-9);
    expect(chosen?.reasons).to.include("tuned: OMP_NUM_THREADS=1 --intra-threads 1");
    expect(runnersUp.map((each) => [each.image.id, each.settings])).to.deep.include([image, undefined]);
    // Tuned settings are nothing that others are held against.
    const alone = map({ version: "2.21" }, { measurements: measurements.slice(0, 1), target: "local" });
    expect(alone.chosen?.expected).to.equal(null);
  });

  describe("whose speeds cannot be told apart", () => {
    const image = "tensorflow-2.21-wheel-cpu";
    const run = "c".repeat(64);
    const settings = { arguments: ["--intra-threads", "1"], environment: {} };
    const xla = ["xla", "onednn"] as const;
    const speedup = (value: number, low: number, high: number) => ({ run, speedup: { value, low, high } });
    const choice = (...measurements: ImageMeasurement[]) =>
      map({ version: "2.21" }, { measurements: [measured(image, 10, { run }), ...measurements], target: "local" });

    it("keeps compilers as they are, and says what it goes before", () => {
      const { chosen, runnersUp } = choice(measured(image, 9, { compilers: [...xla], ...speedup(1.11, 0.98, 1.26) }));
      expect(chosen).to.deep.include({ compilers: ["onednn"] });
      expect(chosen?.reasons.at(-1)).to.equal(
        "goes before with xla and onednn: 1.11 times as fast (0.98 to 1.26, no credible difference), " +
          "and this one leaves graph compilers as they are",
      );
      expect(runnersUp[0]?.reasons.join()).to.include(
        "1.11 times as fast as plain (0.98 to 1.26, no credible difference)",
      );
      expect(runnersUp[0]?.relativeTime).to.be.closeTo(1 / 1.11, 1e-9);
    });

    it("keeps the framework's own settings, and its kernel library", () => {
      const tuned = choice(measured(image, 9, { settings, ...speedup(1.11, 0.98, 1.26) }));
      expect(tuned.chosen?.settings).to.equal(undefined);
      expect(tuned.chosen?.reasons.at(-1)).to.match(/tuned \(--intra-threads 1\).*needs no tuned settings$/);
      const off = choice(measured(image, 9, { compilers: [], ...speedup(1.11, 0.98, 1.26) }));
      expect(off.chosen?.compilers).to.deep.equal(["onednn"]);
    });

    it("believes that ratio, too, where only the plain image of another run was kept, or none", () => {
      const own = measured(image, 9, { compilers: [...xla], ...speedup(1.3, 1.2, 1.4) });
      // A machine that was less busy on another day, against which it would be slower.
      const elsewhere = measured(image, 5, { run: "d".repeat(64) });
      for (const measurements of [[elsewhere, own], [own]]) {
        const { chosen } = map({ version: "2.21" }, { measurements, target: "local" });
        expect(chosen?.compilers).to.deep.equal(xla);
        expect(chosen?.reasons.join()).to.include(
          "1.30 times as fast as plain (1.20 to 1.40), measured: 9.00 s per epoch",
        );
        expect(chosen?.reasons.join()).to.include("beside the plain image of its run");
      }
    });

    it("believes the ratio of the run before the two times: what was played in turn shares what the machine did", () => {
      // The times alone, 10 ± 10 % and 9 ± 10 %, could not tell.
      const { chosen } = choice(measured(image, 9, { compilers: [...xla], ...speedup(1.11, 1.05, 1.17) }));
      expect(chosen?.compilers).to.deep.equal(xla);
      expect(chosen?.reasons.join()).to.include("1.11 times as fast as plain (1.05 to 1.17), measured");
    });

    it("takes none that another is credibly faster than, however simple", () => {
      const { chosen, runnersUp } = choice(
        measured(image, 8, { settings, ...speedup(1.25, 1.2, 1.3) }),
        measured(image, 7, { compilers: [...xla], settings, ...speedup(1.4, 0.7, 2.8) }),
      );
      expect(chosen).to.deep.include({ compilers: ["onednn"], settings });
      expect(chosen?.reasons.at(-1)).to.match(/^goes before with xla and onednn and tuned .* as they are$/);
      expect(runnersUp.slice(0, 2).map(({ compilers, settings: own }) => [compilers, own])).to.deep.equal([
        [["onednn"], undefined],
        [xla, settings],
      ]);
    });
  });

  it("chooses compilers that nobody asked for or forbade, where they were measured to be faster", () => {
    const image = "tensorflow-2.21-wheel-cpu";
    const measurements = [measured(image, 10), measured(image, 8, { compilers: ["xla", "onednn"] })];
    const args = { measurements, target: "local" };
    const free = map({ version: "2.21" }, args);
    expect(free.chosen?.compilers).to.deep.equal(["xla", "onednn"]);
    expect(free.runnersUp.find((each) => each.image.id === image)).to.deep.include({ compilers: ["onednn"] });
    expect(free.runnersUp[0]?.relativeTime).to.be.closeTo(1.25, 1e-9);
    expect(map({ version: "2.21", without: ["xla"] }, args).chosen?.compilers).to.deep.equal(["onednn"]);
    const slower = [measured(image, 10), measured(image, 12, { compilers: ["xla", "onednn"] })];
    expect(map({ version: "2.21" }, { ...args, measurements: slower }).chosen?.compilers).to.deep.equal(["onednn"]);
    // Elsewhere it is not known.
    expect(
      map({ version: "2.21" }, { ...args, target: "other" }).runnersUp.map((each) => each.image.id),
    ).to.not.include(image);
  });

  it("gives the same answer whatever the order of the catalogue", () => {
    const turned = { ...catalogue, images: catalogue.images.toReversed() };
    expect(map({ version: null }, { catalogue: turned }).runnersUp.map(({ image }) => image.id)).to.deep.equal(
      map({ version: null }).runnersUp.map(({ image }) => image.id),
    );
  });
});
