import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { imageMeasurementsSchema } from "../../../catalogue/images/schema.ts";
import {
  autotune,
  type AutotuneOptions,
  fixedSettings,
  mallocsIn,
  forEveryChoice,
  measurementsOf,
  rungsOf,
} from "../../../cli/autotune.ts";
import type { TunerEnd } from "../../../measure/autotuning.ts";
import { errorOf, rejectionOf } from "../../support/expect-error.ts";
import { fullMachine, TemporaryHomes } from "../../support/machine-file.ts";

const options: AutotuneOptions = {
  ...{ model: "mnist-cnn", framework: "tensorflow", data: "/data", minutes: "1", fix: [], seed: "1" },
  ...{ target: "local", out: "out" },
};

const best = { batch: 256, compiler: "xla", onednn: "on" };
const given = { arguments: ["--intra-threads", "2"], environment: { OMP_NUM_THREADS: "2" } };
const end: TunerEnd = {
  given,
  ...{ event: "end", best, defaults: { ...best, compiler: "none" }, standing: { ...best, compiler: "none" } },
  compilerFlipped: { ...best, compiler: "none" },
  rounds: [1, 1.1, 0.9].map((factor) => ({ best: 0.001 * factor, compilerFlipped: 0.0008 * factor })),
  facts: { version: "2.21.0", images: 60_000, parameters: 1_199_882, flops_per_image: 7e7 },
  ...{ brackets: 1, tried: 9, size: 512, outOfTime: true },
};

describe("underlay autotune", () => {
  let homes: TemporaryHomes;
  beforeEach(() => (homes = new TemporaryHomes()));
  afterEach(() => homes.restore());
  const tuner = { directory: "/nowhere", version: "5.0.0" };
  const mnist = (): string => {
    const folder = homes.folder("mnist");
    for (const name of ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte"]) {
      writeFileSync(path.join(folder, name), "");
    }
    return folder;
  };

  it("reads settings that are fixed, numbers as numbers", () => {
    expect(fixedSettings(["batch=128", "compiler=xla"])).to.deep.equal({ batch: 128, compiler: "xla" });
    for (const word of ["batch", "batch=", "=1", "a=b=c"]) {
      expect(errorOf(() => fixedSettings([word])).code, word).to.equal("option-invalid");
    }
  });

  it("reads rising numbers of steps", () => {
    expect(rungsOf("5,20", "mnist-cnn")).to.deep.equal([5, 20]);
    expect(rungsOf(undefined, "resnet-50")).to.have.lengthOf(3);
    for (const text of ["", "0,5", "20,5", "5,5", "1,2,3,4,5", "a"]) {
      expect(errorOf(() => rungsOf(text, "mnist-cnn")).code, text).to.equal("option-invalid");
    }
  });

  it("finds allocators by their libraries, and no other files", () => {
    const folder = homes.folder("lib");
    for (const name of ["libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libjemalloc.a", "libc.so.6"]) {
      writeFileSync(path.join(folder, name), "");
    }
    expect(mallocsIn([path.join(folder, "none"), folder])).to.deep.equal({
      tcmalloc: path.join(folder, "libtcmalloc_minimal.so.4"),
      jemalloc: path.join(folder, "libjemalloc.so.2"),
    });
  });

  it("gives measurements that the mapper reads: with the compiler and without, also where it made it slower", () => {
    const measurements = measurementsOf(end, options, "a".repeat(64));
    expect(imageMeasurementsSchema.parse({ schemaVersion: 1, measurements }).measurements).to.deep.equal(measurements);
    expect(measurements.map(({ image, compilers, n }) => ({ image, compilers, n }))).to.deep.equal([
      { image: "tensorflow-2.21-wheel-cpu", compilers: ["onednn", "xla"], n: 3 },
      { image: "tensorflow-2.21-wheel-cpu", compilers: ["onednn"], n: 3 },
    ]);
    expect(measurements[0]?.epochSec.value).to.be.closeTo(60, 1e-9);
    expect(measurements[1]?.epochSec.value).to.be.closeTo(48, 1e-9);
    // The compiler off is the default here; every round says the same of it.
    for (const side of Object.values(measurements[0]?.speedup ?? {})) expect(side).to.be.closeTo(0.8, 1e-9);
    expect(measurements[0]?.speedup).to.have.all.keys("value", "low", "high");
    expect(measurements[1]?.speedup).to.equal(undefined);
  });

  it("tells tuned settings from the defaults, and keeps for one file what not every choice may rest on", () => {
    const defaults = { ...end.defaults, intra: 1 };
    const rounds = end.rounds.map((round) => ({ ...round, defaults: 0.002 * round.best }));
    const tuned = { ...end, best: { ...best, intra: 2 }, compilerFlipped: { ...best, intra: 2, compiler: "none" } };
    const all = measurementsOf({ ...tuned, defaults, standing: defaults, rounds }, options, "a".repeat(64));
    expect(all.map(({ compilers, settings }) => [compilers.length, settings])).to.deep.equal([
      [2, given],
      [1, given],
      [1, undefined],
    ]);
    expect(all.map(({ speedup }) => speedup?.value.toPrecision(3))).to.deep.equal(["0.00200", "0.00250", undefined]);
    expect(forEveryChoice(all)).to.deep.equal(all);
    const other = { ...end.defaults, intra: 1, batch: 64 };
    const batch = measurementsOf({ ...tuned, defaults: other, standing: other, rounds }, options, "a".repeat(64));
    expect(batch[0]?.settings?.arguments).to.deep.equal(["--intra-threads", "2", "--batch", "256"]);
    expect(forEveryChoice(batch)).to.deep.equal(batch.slice(2));
    const preloaded = { ...given, environment: { LD_PRELOAD: "/usr/lib/libjemalloc.so.2" } };
    const allocator = measurementsOf(
      { ...tuned, defaults, standing: defaults, rounds, given: preloaded },
      options,
      "a".repeat(64),
    );
    expect(forEveryChoice(allocator)).to.have.lengthOf(1);
  });

  it("gives none without an interval, of a version that the catalogue does not have, or where the defaults are not plain", () => {
    expect(measurementsOf({ ...end, rounds: end.rounds.slice(0, 2) }, options, "a".repeat(64))).to.deep.equal([]);
    const other = { ...end, facts: { ...end.facts, version: "2.2.0" } };
    // Its defaults are not the plain image's: a batch of 256 would pass for one of 128.
    const fixed = { ...end, standing: { ...end.standing, batch: 128 } };
    expect(measurementsOf(fixed, options, "a".repeat(64))).to.deep.equal([]);
    const compiler = { ...end, standing: { ...end.standing, compiler: "xla" } };
    expect(measurementsOf(compiler, options, "a".repeat(64))).to.have.lengthOf(2);
    expect(measurementsOf(other, options, "a".repeat(64))).to.deep.equal([]);
  });

  it("says what set-up has to get", async () => {
    homes.writeMachine({ ...fullMachine, python: { command: "/usr/bin/python3" } });
    const error = await rejectionOf(autotune(options));
    expect(error.code).to.equal("tuner-missing");
  });

  it("refuses a folder without what it trains on, before the search of before is gone", async () => {
    homes.writeMachine({ ...fullMachine, python: { command: "/usr/bin/python3" }, tuner });
    const journal = path.join(homes.folder("state/underlay/tuner/mnist-cnn-tensorflow"), "sessions.jsonl");
    writeFileSync(journal, "");
    for (const [data, model] of [
      ["missing", "mnist-cnn"],
      [mnist(), "resnet-50"],
      [homes.folder("empty"), "mnist-cnn"],
    ] as const) {
      const error = await rejectionOf(autotune({ ...options, data, model }));
      expect(error.code).to.equal("option-invalid");
      expect(error.message).to.include(`--data is ${path.resolve(data)}, which has no`);
    }
    expect(existsSync(journal)).to.equal(true);
  });

  it("goes on with nothing that was not begun", async () => {
    const python = { command: "/usr/bin/python3" };
    homes.writeMachine({ ...fullMachine, python, tuner });
    expect((await rejectionOf(autotune({ ...options, data: mnist(), resume: true }))).code).to.equal(
      "tuning-not-found",
    );
    for (const wrong of [{ minutes: "0" }, { seed: "1.5" }]) {
      expect((await rejectionOf(autotune({ ...options, data: mnist(), ...wrong }))).code).to.equal("option-invalid");
    }
  });
});
