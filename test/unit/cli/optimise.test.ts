import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { addMeasurements, measuredFile } from "../../../catalogue/images/measured.ts";
import type { ImageMeasurement } from "../../../catalogue/images/schema.ts";
import { optimiseFile, runFile } from "../../../cli/optimise.ts";
import { captured } from "../../support/captured.ts";
import { errorOf } from "../../support/expect-error.ts";
import { TemporaryHomes } from "../../support/machine-file.ts";

const example = path.resolve(import.meta.dirname, "../../../examples/mnist.json");

describe("underlay optimise", () => {
  let homes: TemporaryHomes;
  let out: string;
  beforeEach(() => {
    homes = new TemporaryHomes();
    out = homes.folder("jobs");
  });
  afterEach(() => {
    homes.restore();
  });

  it("writes the script of the example, which may be run, and says what was chosen and why", async () => {
    let status = -1;
    const text = await captured("stdout", () => (status = optimiseFile(example, { out })));
    const script = path.join(out, "mnist.sh");
    expect(status).to.equal(0);
    expect(text).to.match(
      /^image: tensorflow-2\.21-wheel-cpu\.sif\nchosen:\n {2}tensorflow-2\.21-wheel-cpu\n {4}is version/,
    );
    expect(text).to.include(`\nscript: ${script} (slurm)\n`);
    expect(readFileSync(script, "utf8")).to.include("\n#SBATCH --job-name=mnist\n");
    expect(statSync(script).mode & 0o111).to.not.equal(0);
  });

  it("writes nothing with --dry-run, and prints the script", async () => {
    const text = await captured("stdout", () => optimiseFile(example, { out, dryRun: true }));
    expect(existsSync(path.join(out, "mnist.sh"))).to.equal(false);
    expect(text).to.include("\n#!/bin/bash\n#SBATCH --job-name=mnist\n");
  });

  it("prints all of it as JSON", async () => {
    const text = await captured("stdout", () => optimiseFile(example, { out, json: true, dryRun: true }));
    const { mapping, script } = JSON.parse(text) as {
      mapping: { chosen: { image: { id: string }; relativeTime: number }; runnersUp: unknown[] };
      script: { path: string | null; scheduler: string };
    };
    expect(mapping.chosen).to.include({ relativeTime: 1 });
    expect(script).to.include({ path: null, scheduler: "slurm" });
  });

  it("rests on measurements that it is given", async () => {
    const measurements = path.join(out, "measurements.json");
    const one = (compilers: string[], value: number) => ({
      ...{ image: "tensorflow-2.21-wheel-cpu", compilers, workload: "mnist-cnn", target: "local", n: 12 },
      ...{ epochSec: { value, low: value, high: value }, at: "2026-11-22", record: "0".repeat(64) },
    });
    const all = { schemaVersion: 1, measurements: [one(["onednn"], 10), one(["xla", "onednn"], 8)] };
    writeFileSync(measurements, JSON.stringify(all));
    const text = await captured("stdout", () => optimiseFile(example, { out, dryRun: true, measurements }));
    expect(text).to.include("1.25 times as fast as plain (1.25 to 1.25), measured: 8.00 s per epoch");
  });

  it("says what is wrong with a file that it cannot use", () => {
    const wrong = path.join(out, "wrong.json");
    writeFileSync(wrong, "[]");
    expect(errorOf(() => optimiseFile(path.join(out, "none.json"), { out })).code).to.equal("request-not-found");
    expect(errorOf(() => optimiseFile(wrong, { out })).code).to.equal("request-invalid");
    const measured = errorOf(() => optimiseFile(example, { out, measurements: wrong }));
    expect(measured.code).to.equal("measurements-invalid");
  });

  it("ends with 1 when no image can be it", async () => {
    const file = path.join(out, "fpga.json");
    writeFileSync(file, readFileSync(example, "utf8").replace('"none"', '"fpga"'));
    let status = -1;
    await captured("stdout", () => (status = optimiseFile(file, { out, dryRun: true })));
    expect(status).to.equal(1);
  });

  it("trains nothing when no image can be it, and says so", async () => {
    const file = path.join(out, "fpga.json");
    writeFileSync(file, readFileSync(example, "utf8").replace('"none"', '"fpga"'));
    let status = -1;
    const text = await captured("stdout", async () => (status = await runFile(file, { out, run: true })));
    expect(status).to.equal(1);
    expect(text).to.include("The catalogue has no image of tensorflow that can be it.");
    expect(existsSync(path.join(out, "mnist"))).to.equal(false);
  });

  it("rests on what this user measured where no measurements are given", async () => {
    const one = (compilers: ImageMeasurement["compilers"], value: number): ImageMeasurement => ({
      ...{ image: "tensorflow-2.21-wheel-cpu", compilers, workload: "mnist-cnn", target: "local", n: 12 },
      ...{ epochSec: { value, low: value, high: value }, at: "2026-11-22", record: "0".repeat(64) },
    });
    addMeasurements(measuredFile(path.join(homes.directory, "state", "underlay")), [
      one(["onednn"], 10),
      one(["xla", "onednn"], 5),
    ]);
    const text = await captured("stdout", () => optimiseFile(example, { out, dryRun: true }));
    expect(text).to.include("2.00 times as fast as plain (2.00 to 2.00), measured: 5.00 s per epoch");
  });
});
