import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { resultsOf } from "../../../measure/comparison.ts";
import { publishedFormats } from "../../../docs/schemas/formats.ts";
import { measurementsOf } from "../../../measure/optimised.ts";
import { nodeTimesOf } from "../../../measure/node-times.ts";
import { formatRecord } from "../../../measure/parse-record.ts";
import { runOf } from "../../../measure/run.ts";
import { trainedOn } from "../../fixtures/nodes.ts";
import { optimisedOutcome, trialRecord } from "../../fixtures/optimised.ts";
import { exampleFile, exampleRecord, oneSeries } from "./example-record.ts";

const folder = new URL("../../../docs/schemas/", import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as object;

/** A validator of a published file. Dates are checked by the pattern beside their format. */
function validator(name: string) {
  const ajv = new Ajv2020({ strict: true, formats: { "date-time": true } });
  return ajv.compile(read(name));
}

const lines = exampleRecord({
  schedule: oneSeries(9, 3),
  environments: [
    { environment: "bare-metal", seconds: (_series, _round, block) => 1 + block / 100 },
    { environment: "vm", seconds: (_series, _round, block) => 2 - block / 100 },
  ],
});

describe("docs/schemas", () => {
  it("is current; otherwise run: node --import tsx docs/schemas/write.ts", () => {
    const schemas = publishedFormats();
    expect(readdirSync(folder).filter((name) => name.endsWith(".json"))).to.have.members(Object.keys(schemas));
    for (const [name, schema] of Object.entries(schemas)) {
      expect(read(name)).to.deep.equal(JSON.parse(JSON.stringify(schema)));
    }
  });

  it("accepts every line of an example record", () => {
    const validate = validator("record-line.schema.json");
    for (const line of formatRecord(lines).trimEnd().split("\n")) {
      expect(validate(JSON.parse(line)), JSON.stringify(validate.errors)).to.equal(true);
    }
  });

  it("accepts the example's results", () => {
    const validate = validator("results.schema.json");
    const results: unknown = JSON.parse(JSON.stringify(resultsOf(lines, exampleFile)));
    expect(validate(results), JSON.stringify(validate.errors)).to.equal(true);
  });

  it("accepts times of nodes as they are written, and refuses a number of nodes that is none", () => {
    const validate = validator("node-times.schema.json");
    const runs = [1, 2].map((nodes) => ({ run: runOf(trainedOn(nodes)), sha256: String(nodes).repeat(64) }));
    const file = nodeTimesOf(runs, { target: "local" }, "2026-11-28T16:00:00.000Z");
    expect(validate(JSON.parse(JSON.stringify(file))), JSON.stringify(validate.errors)).to.equal(true);
    expect(validate({ ...file, times: [{ nodes: 0, secondsPerImage: 1, n: 1 }] })).to.equal(false);
  });

  it("accepts measurements of images as a training gives them, and refuses a time of zero", () => {
    const validate = validator("image-measurements.schema.json");
    const outcome = optimisedOutcome([trialRecord("plain", ["onednn"], [3, 2, 2.1, 2.2, 2.05])]);
    const [one, ...more] = measurementsOf(outcome, "2026-11-28");
    expect(more).to.deep.equal([]);
    const file = { schemaVersion: 1, measurements: [one] };
    expect(validate(JSON.parse(JSON.stringify(file))), JSON.stringify(validate.errors)).to.equal(true);
    const epochSec = { value: 0, low: 0, high: 0 };
    expect(validate({ ...file, measurements: [{ ...one, epochSec }] })).to.equal(false);
  });

  it("refuses a wrong date, a wrong version and an unknown property", () => {
    const validate = validator("record-line.schema.json");
    const [run] = lines;
    expect(validate({ ...run, at: "yesterday" })).to.equal(false);
    expect(validate({ ...run, schemaVersion: 2 })).to.equal(false);
    expect(validate({ ...run, extra: 1 })).to.equal(false);
  });
});
