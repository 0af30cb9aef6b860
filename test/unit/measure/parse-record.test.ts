import { expect } from "chai";
import { formatRecord, parseRecord } from "../../../measure/parse-record.ts";
import type { RecordLine } from "../../../measure/record.ts";
import { exampleRecord, oneSeries } from "./example-record.ts";

const lines = exampleRecord({
  schedule: oneSeries(2),
  environments: [{ environment: "bare-metal", seconds: () => 1.5 }],
});
const text = formatRecord(lines);

describe("parseRecord", () => {
  it("reads what formatRecord writes", () => {
    expect(parseRecord(text)).to.deep.equal(lines);
    expect(text.split("\n")).to.have.length(lines.length + 1);
  });

  it("reads a last line without its line feed", () => {
    expect(parseRecord(text.slice(0, -1))).to.deep.equal(lines);
    expect(parseRecord(text.slice(0, -1), { allowCut: true })).to.deep.equal(lines);
  });

  it("refuses a cut last line, and leaves it out when asked", () => {
    const cut = text.slice(0, -10);
    expect(() => parseRecord(cut))
      .to.throw(`Line ${lines.length} of the record is no JSON`)
      .with.property("code", "record-json");
    expect(parseRecord(cut, { allowCut: true })).to.deep.equal(lines.slice(0, -1));
  });

  it("refuses garbage that is not at the end even when a cut is allowed", () => {
    const broken = text.replace("\n", "\nKilled\n");
    expect(() => parseRecord(broken, { allowCut: true })).to.throw("Line 2 of the record is no JSON");
  });

  it("refuses an ended line that is no JSON even when a cut is allowed", () => {
    expect(() => parseRecord(`${text}{"type":\n`, { allowCut: true })).to.throw(
      `Line ${lines.length + 1} of the record`,
    );
  });

  it("names line, path and problem", () => {
    const broken = text.replace('"seconds":1.5', '"seconds":"1.5"');
    expect(() => parseRecord(broken))
      .to.throw(/^Line 4 of the record is not what its format allows: seconds: .*number/)
      .with.property("code", "record-line");
    const deep = text.replace('"mechanism":"affinity","value":1', '"mechanism":"affinity","value":-1');
    expect(() => parseRecord(deep)).to.throw(/^Line 2 .*facts\.limits\.cpus\.value: /);
  });

  it("refuses unknown properties, types and empty lines", () => {
    expect(() => parseRecord(text.replace('"runId"', '"extra":1,"runId"'))).to.throw(/^Line 1 .*extra/);
    expect(() => parseRecord('{"type":"other"}\n')).to.throw(/^Line 1 .*type: /);
    expect(() => parseRecord(`${text}\n`)).to.throw(`Line ${lines.length + 1} of the record is no JSON`);
    expect(() => parseRecord("[]\n")).to.throw(/^Line 1 .*\(line\): /);
  });

  it("refuses another version of the format by its number", () => {
    expect(() => parseRecord(text.replace('"schemaVersion":1', '"schemaVersion":2')))
      .to.throw("schemaVersion 2, this underlay reads 1")
      .with.property("code", "record-version");
  });

  it("reads an empty record as no lines", () => {
    expect(parseRecord("")).to.deep.equal([]);
  });
});

describe("formatRecord", () => {
  it("refuses NaN, which JSON would turn into null", () => {
    const broken = lines.map((line): RecordLine => (line.type === "block" ? { ...line, seconds: Number.NaN } : line));
    expect(() => formatRecord(broken))
      .to.throw(/^Line 4 .*seconds/)
      .with.property("code", "record-line");
  });
});
