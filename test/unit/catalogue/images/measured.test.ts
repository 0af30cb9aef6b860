import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { addMeasurements, measuredFile, readMeasurements } from "../../../../catalogue/images/measured.ts";
import type { ImageMeasurement } from "../../../../catalogue/images/schema.ts";
import { errorOf } from "../../../support/expect-error.ts";
import { TemporaryHomes } from "../../../support/machine-file.ts";

const measurement = (value: number): ImageMeasurement => ({
  ...{ image: "tensorflow-2.21-wheel-cpu", compilers: ["onednn"], workload: "mnist-cnn", target: "local", n: 3 },
  ...{ epochSec: { value, low: value, high: value }, at: "2026-11-22", record: "0".repeat(64) },
});

describe("a user's measurements of images", () => {
  let homes: TemporaryHomes;
  beforeEach(() => (homes = new TemporaryHomes()));
  afterEach(() => {
    homes.restore();
  });

  it("are none before there is a file, and the newest comes first", () => {
    const file = measuredFile(homes.folder("state"));
    expect(readMeasurements(file)).to.deep.equal([]);
    addMeasurements(file, [measurement(10)]);
    addMeasurements(file, [measurement(8), measurement(9)]);
    expect(readMeasurements(file).map(({ epochSec }) => epochSec.value)).to.deep.equal([8, 9, 10]);
    expect(readdirSync(path.dirname(file))).to.deep.equal(["images.json"]);
  });

  it("are refused where they are no measurements, and nothing is written over them", () => {
    const file = measuredFile(homes.folder("state"));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, "{}");
    expect(errorOf(() => readMeasurements(file)).code).to.equal("measurements-invalid");
    expect(errorOf(() => addMeasurements(file, [measurement(1)])).code).to.equal("measurements-invalid");
    expect(existsSync(file)).to.equal(true);
    const wrong = { ...measurement(1), epochSec: { value: -1, low: 1, high: 1 } };
    const other = path.join(homes.folder("other"), "images.json");
    expect(() => addMeasurements(other, [wrong])).to.throw();
    expect(existsSync(other)).to.equal(false);
  });
});
