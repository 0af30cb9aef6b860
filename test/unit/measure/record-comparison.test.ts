import { expect } from "chai";
import { compareRecords, isSlowerThan, type RecordChange } from "../../../measure/record-comparison.ts";
import type { RecordLine } from "../../../measure/record.ts";
import { type Example, exampleRecord, oneSeries } from "./example-record.ts";

type Environment = Example["environments"][number];
type Seconds = Environment["seconds"];

/** Launches differ a little, and so do their blocks. */
const usual: Seconds = (_series, round, block) => 1 + 0.01 * round + 0.1 * (block % 2);
const times = (factor: number): Seconds => {
  return (...place) => (usual(...place) ?? 0) * factor;
};

function record(seconds: Seconds, changes: Partial<Environment> = {}, rounds = 4): RecordLine[] {
  return exampleRecord({
    schedule: oneSeries(6, rounds),
    environments: [{ environment: "bare-metal", seconds, ...changes }],
  });
}

/** The record with another first line. */
function withHeader(lines: readonly RecordLine[], changes: object): RecordLine[] {
  return lines.map((line) => (line.type === "run" ? { ...line, ...changes } : line));
}

function throughput(before: readonly RecordLine[], after: readonly RecordLine[]): RecordChange {
  const [change] = compareRecords(before, after).changes;
  expect(change?.metric).to.equal("throughput");
  return change!;
}

describe("compareRecords", () => {
  it("takes launches for its units and divides after by before", () => {
    const change = throughput(record(usual), record(times(1.25)));
    expect(change).to.deep.include({ environment: "bare-metal", series: "synthetic", n: [4, 4], verdict: "slower" });
    expect(change.ratio).to.be.closeTo(0.8, 1e-9);
    expect(change.interval?.low).to.be.within(0.77, 0.79);
    expect(change.interval?.high).to.be.within(0.81, 0.83);
    expect(change.interval?.method).to.equal("Welch's t, on log-ratios");
  });

  it("mirrors when the records are swapped", () => {
    const [there, back] = [
      throughput(record(usual), record(times(1.25))),
      throughput(record(times(1.25)), record(usual)),
    ];
    expect(back.ratio! * there.ratio!).to.be.closeTo(1, 1e-12);
    expect(back.interval!.low * there.interval!.high).to.be.closeTo(1, 1e-12);
    expect(back.verdict).to.equal("faster");
  });

  it("compares the time from launch to end, whose longer is slower", () => {
    const { changes } = compareRecords(record(usual), record(usual, { launchSeconds: 20 }));
    expect(changes.map(({ metric, verdict }) => `${metric}: ${verdict}`)).to.deep.equal([
      "throughput: no credible difference",
      "elapsed: slower",
    ]);
  });

  it("cannot tell of fewer than three launches a side, and says so", () => {
    const change = throughput(record(usual, {}, 2), record(times(1.25)));
    expect(change).to.deep.include({ n: [2, 4], interval: null, verdict: "cannot tell" });
    expect(change.reason).to.include("launches a side");
  });

  it("has no ratio where a clock cannot be trusted", () => {
    const change = throughput(record(usual), record(usual, { hostSeconds: (seconds) => seconds / 2 }));
    expect(change).to.include({ ratio: null, verdict: "cannot tell" });
    expect(change.reason).to.include("clock");
  });

  it("lists settings, versions and facts that are not equal, and refuses none of them", () => {
    const other = withHeader(record(usual, { facts: { kernelRelease: "6.12" } }), {
      underlay: "0.2.0",
      options: { model: "resnet50", framework: "pytorch" },
    });
    expect(compareRecords(record(usual), other).differences).to.deep.equal([
      { what: "underlay", before: '"0.1.0"', after: '"0.2.0"' },
      { what: "options.batch", before: "4", after: "none" },
      { what: "options.framework", before: "none", after: '"pytorch"' },
      { what: "bare-metal.kernelRelease", before: '"6.1.0-40-amd64"', after: '"6.12"' },
    ]);
    expect(compareRecords(record(usual), record(usual)).differences).to.deep.equal([]);
  });

  for (const [what, after, code] of [
    ["another workload", withHeader(record(usual), { workload: "serving" }), "incomparable-records"],
    ["no environment in common", record(usual, { environment: "vm" }), "incomparable-records"],
    [
      "other items",
      record(usual).map((line) => (line.type === "block" ? { ...line, unit: "requests" } : line)),
      "incomparable-unit",
    ],
  ] as const) {
    it(`refuses records of ${what}`, () => {
      expect(() => compareRecords(record(usual), after))
        .to.throw()
        .with.property("code", code);
    });
  }
});

describe("isSlowerThan", () => {
  const change = throughput(record(usual), record(times(1.25)));
  it("asks for the whole interval, in either metric", () => {
    expect(isSlowerThan(change, 1.2)).to.equal(true);
    expect(isSlowerThan(change, 1.25)).to.equal(false);
    const elapsed = { ...change, metric: "elapsed", interval: { ...change.interval!, low: 1.21, high: 1.3 } } as const;
    expect(isSlowerThan(elapsed, 1.2)).to.equal(true);
    expect(isSlowerThan(elapsed, 1.25)).to.equal(false);
  });

  it("is not true of what has no interval", () => {
    expect(isSlowerThan({ ...change, interval: null }, 1)).to.equal(false);
  });
});
