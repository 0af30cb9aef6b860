import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { optimiseFile } from "../../../cli/optimise.ts";
import { fitModel } from "../../../cli/performance-model.ts";
import type { PerformanceModelFile } from "../../../measure/performance-model.ts";
import { benchmarks, software, targets, trueSeconds } from "../../fixtures/performance.ts";
import { captured } from "../../support/captured.ts";
import { rejectionOf } from "../../support/expect-error.ts";
import { TemporaryHomes } from "../../support/machine-file.ts";

const example = path.resolve(import.meta.dirname, "../../../examples/mnist.json");
const versions = { tensorflow: "2.21.0", pytorch: "2.15.0+cpu" };
const models = ["mnist-cnn", "resnet-50"];

describe("underlay performance-model", function () {
  this.timeout(60_000);
  let homes: TemporaryHomes;
  let folder: string;
  beforeEach(() => {
    homes = new TemporaryHomes();
    folder = homes.folder("records");
  });
  afterEach(() => homes.restore());

  function write(file: string, content: unknown): string {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(content));
    return file;
  }

  /** What the probe printed of a target. */
  function probed(index: number): string {
    const { cores, peakFlops, memoryBandwidth } = targets[index]!;
    const parts = { gemm: { value: peakFlops, unit: "FLOP/s" }, triad: { value: memoryBandwidth, unit: "B/s" } };
    return write(path.join(homes.directory, `probe-${index}.json`), { schema: "underlay/probe/1", cores, ...parts });
  }

  /** Records of all software on a target, as trainings by epochs write them. */
  function records(index: number, change: object = {}): string {
    const own = path.join(folder, String(index));
    software.forEach(({ framework, build, compilers }, at) => {
      benchmarks.forEach((benchmark, which) => {
        for (const batch of [32, 128]) {
          const point = { framework, build, compilers, benchmark, target: targets[index]!, batch };
          write(path.join(own, `${at}-${which}-${batch}.json`), {
            ...{ schema: "underlay/epochs/1", model: models[which], framework, batch, finished: true },
            version: versions[framework as keyof typeof versions],
            compiler: compilers.find((name) => name !== "onednn") ?? "none",
            settings: { onednn: compilers.includes("onednn") ? "on" : "off", seed: at },
            steps: { count: 10, images: 10 * batch, seconds: 10 * batch * trueSeconds(point) },
            ...{ parameters: benchmark.parameters, flops_per_image: benchmark.flopsPerImage },
            ...change,
          });
        }
      });
    });
    return own;
  }

  const out = (): string => path.join(homes.directory, "model.json");
  const read = (): PerformanceModelFile => JSON.parse(readFileSync(out(), "utf8")) as PerformanceModelFile;

  it("fits records, prints the error on images left out, and stores what `optimise` reads", async () => {
    const text = await captured("stdout", () =>
      fitModel([records(1)], { probe: probed(1), target: "local", out: out() }),
    );
    expect(text)
      .to.match(/^32 records of 8 images/)
      .and.include("left out: median error");
    expect(read().targets).to.deep.equal([{ ...targets[1], name: "local" }]);
    const asked = JSON.parse(readFileSync(example, "utf8").replace('"version"', '"xla": true, "version"')) as object;
    const request = write(path.join(folder, "request.json"), asked);
    const chosen = await captured("stdout", () => optimiseFile(request, { out: folder, dryRun: true, model: out() }));
    expect(chosen).to.match(/predicted 0\.\d\d \(\d\.\d\d–\d\.\d\d\) from 32 records: times as fast as plain/);
  });

  it("adds records of another target, each once", async () => {
    const first = { probe: probed(1), target: "local", out: out() };
    await captured("stdout", () => fitModel([records(1)], first));
    await captured("stdout", () =>
      fitModel([records(2)], { ...first, probe: probed(2), target: "four", addTo: out() }),
    );
    expect(read().observations).to.have.lengthOf(64);
    expect(read().targets.map(({ name }) => name)).to.deep.equal(["local", "four"]);
    await captured("stdout", () =>
      fitModel([records(2)], { ...first, probe: probed(2), target: "four", addTo: out() }),
    );
    expect(read().observations, "the same records again").to.have.lengthOf(64);
  });

  it("refuses what is no record, no probe, and of no image", async () => {
    const options = { probe: probed(1), target: "local", out: out() };
    const fit = (paths: string[], change = {}) => rejectionOf(fitModel(paths, { ...options, ...change }));
    expect((await fit(["/nowhere"])).code).to.equal("records-not-found");
    expect((await fit([records(0, { finished: false })])).code).to.equal("records-invalid");
    expect((await fit([records(0)], { probe: example })).code).to.equal("records-invalid");
    expect((await fit([records(0, { version: "9.9.9" })])).code).to.equal("image-unknown");
    expect((await fit([records(0, { flops_per_image: null })])).code).to.equal("performance-model-too-small");
  });
});
