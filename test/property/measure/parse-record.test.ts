import { expect } from "chai";
import fc from "fast-check";
import { environmentNames } from "../../../measure/facts.ts";
import { formatRecord, parseRecord } from "../../../measure/parse-record.ts";
import type { RecordLine } from "../../../measure/record.ts";
import { exampleFacts } from "../../unit/measure/example-record.ts";

/** JSON has no -0. */
const positive = fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true });
const seconds = fc.oneof(fc.constant(0), positive);
const index = fc.maxSafeNat();
const environment = fc.constantFrom(...environmentNames);
const at = fc
  .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString());
/** A property named __proto__ is no property in JavaScript. */
const name = fc.string({ unit: "binary" }).filter((key) => key !== "__proto__");
const numbers = fc.dictionary(name, seconds, { noNullPrototype: true });
const facts = fc.dictionary(
  name,
  fc.oneof(fc.string(), fc.boolean(), seconds, fc.constant(null), fc.array(fc.string())),
  { noNullPrototype: true },
);
const place = { environment, round: index, at };

const line: fc.Arbitrary<RecordLine> = fc.oneof(
  fc.record({
    type: fc.constant("run" as const),
    schemaVersion: fc.constant(1 as const),
    runId: fc.string(),
    at,
    underlay: fc.string(),
    workload: fc.string({ unit: "binary" }),
    options: facts,
    programDigest: fc.string(),
    profile: fc.string(),
    baseline: environment,
    schedule: fc.record({
      seed: index,
      rounds: fc.integer({ min: 1 }),
      series: fc.array(
        fc.record({ name: fc.string(), blocksPerRound: fc.integer({ min: 1 }), steps: fc.integer({ min: 1 }) }),
      ),
    }),
  }),
  fc.record({
    type: fc.constant("environment" as const),
    environment,
    facts: fc
      .record({ cpus: fc.integer({ min: 1 }), memoryMiB: positive, cpuModel: name })
      .map((some) => exampleFacts(some)),
  }),
  fc.record({ type: fc.constant("launch" as const), ...place, seconds, startSeconds: seconds, parts: numbers, facts }),
  fc.record({
    type: fc.constant("block" as const),
    ...place,
    block: index,
    series: fc.string(),
    items: positive,
    unit: fc.string(),
    seconds: positive,
    hostSeconds: seconds,
    steps: fc.array(seconds),
    metrics: numbers,
  }),
  fc.record({ type: fc.constant("stop" as const), ...place, seconds, peakMemoryMiB: fc.option(seconds) }),
  fc.record({ type: fc.constant("failure" as const), ...place, code: fc.string(), message: name, log: fc.array(name) }),
  fc.record({ type: fc.constant("end" as const), at, status: fc.constantFrom("complete", "partial", "cancelled") }),
);
const record = fc.array(line, { maxLength: 8 });

describe("a record", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(record, (lines) => {
        expect(parseRecord(formatRecord(lines))).to.deep.equal(lines);
      }),
    );
  });

  it("has one line feed a line", () => {
    fc.assert(
      fc.property(record, (lines) => {
        expect(formatRecord(lines).split("\n")).to.have.length(lines.length + 1);
      }),
    );
  });

  it("cut anywhere gives the lines before the cut, when a cut is allowed", () => {
    fc.assert(
      fc.property(record, fc.nat(), (lines, place) => {
        const text = formatRecord(lines);
        const cut = text.slice(0, place % (text.length + 1));
        const parsed = parseRecord(cut, { allowCut: true });
        expect(parsed).to.deep.equal(lines.slice(0, parsed.length));
        // Only a line whose text is whole can have been read.
        const whole = cut.split("\n").length - 1;
        expect(parsed.length).to.be.within(whole, whole + 1);
      }),
    );
  });
});
