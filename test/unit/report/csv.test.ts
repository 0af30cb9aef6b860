import { expect } from "chai";
import fc from "fast-check";
import { samplesOf } from "../../../measure/samples.ts";
import type { Sample } from "../../../measure/samples.ts";
import { samplesToCsv } from "../../../report/csv.ts";
import { recordLines } from "../../fixtures/report/fixture.ts";

/** Reads CSV by the grammar of RFC 4180, section 2. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let fields: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(text.slice(at));
    const plain = quoted ?? /^[^",\r\n]*/.exec(text.slice(at));
    fields.push(quoted === null ? plain![0] : quoted[1]!.replaceAll('""', '"'));
    at += plain![0].length;
    if (text.startsWith(",", at)) at += 1;
    else if (text.startsWith("\r\n", at)) {
      records.push(fields);
      fields = [];
      at += 2;
    } else throw new Error(`not CSV at character ${at}`);
  }
  return records;
}

/** Samples from parsed CSV, as they were before they were written. */
function samplesFrom([head = [], ...rows]: string[][]): Sample[] {
  return rows.map((row) => {
    const value = (name: string): string => row[head.indexOf(name)]!;
    const labels = head.slice(1, -3).filter((name) => value(name) !== "");
    return {
      metric: value("metric"),
      value: Number(value("value")),
      unit: value("unit") === "" ? null : value("unit"),
      labels: Object.fromEntries(labels.map((name) => [name, value(name)])),
      at: value("at"),
    };
  });
}

describe("samplesToCsv", () => {
  it("gives back every sample of a record", () => {
    const samples = samplesOf(recordLines());
    expect(samples.length).to.be.greaterThan(700);
    expect(samplesFrom(parseCsv(samplesToCsv(samples)))).to.deep.equal(samples);
  });

  it("gives back any text and any finite number", () => {
    const text = fc.string({ minLength: 1, unit: fc.constantFrom("a", ",", '"', "\r", "\n", " ", "é", "=") });
    const sample = fc.record({
      metric: text,
      value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      unit: fc.option(text),
      labels: fc.dictionary(fc.constantFrom("run", "series", "step", "zone", "host,name"), text, {
        noNullPrototype: true,
      }),
      at: fc.constant("2026-03-02T09:30:00.000Z"),
    });
    fc.assert(
      fc.property(fc.array(sample), (samples) => {
        expect(samplesFrom(parseCsv(samplesToCsv(samples)))).to.deep.equal(samples);
      }),
    );
  });

  it("has one head and equally many fields on each line", () => {
    const records = parseCsv(samplesToCsv(samplesOf(recordLines())));
    expect(records[0]).to.deep.equal(
      "at,run,workload,environment,round,series,block,step,part,metric,value,unit".split(","),
    );
    expect(new Set(records.map((fields) => fields.length))).to.deep.equal(new Set([12]));
  });

  it("ends every line with CRLF", () => expect(samplesToCsv(samplesOf(recordLines()))).to.not.match(/[^\r]\n|[^\n]$/));
});
