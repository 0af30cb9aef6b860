import { expect } from "chai";
import type { RecordLine } from "../../../measure/record.ts";
import { runOf } from "../../../measure/run.ts";
import { exampleRecord, oneSeries } from "./example-record.ts";

const environments = [{ environment: "vm", seconds: () => 1 }] as const;
const lines = exampleRecord({ schedule: oneSeries(2), environments });

describe("runOf", () => {
  it("puts the lines of an environment together", () => {
    const run = runOf(lines);
    expect(run.status).to.equal("complete");
    expect(run.environments).to.have.length(1);
    const [vm] = run.environments;
    expect(vm?.blocks.map(({ block }) => block)).to.deep.equal([0, 1]);
    expect([...(vm?.launches.keys() ?? [])]).to.deep.equal([0]);
    expect(vm?.stops.get(0)?.peakMemoryMiB).to.equal(1234.5);
  });

  it("is partial without a last line", () => {
    expect(runOf(lines.slice(0, -1)).status).to.equal("partial");
  });

  it("names what could not be had", () => {
    const skipped = { type: "skipped", environment: "hpc", reason: "there is no queue" } as const;
    const [first, ...rest] = lines as [RecordLine, ...RecordLine[]];
    const run = runOf([first, skipped, ...rest]);
    expect(run.skipped).to.deep.equal([{ environment: "hpc", reason: "there is no queue" }]);
    expect(run.environments).to.have.length(1);
    expect(() => runOf([first, ...rest.slice(0, 1), { ...skipped, environment: "vm" }])).to.throw(
      /repeats environment vm/,
    );
  });

  const [head, environment, launch, block] = lines as [RecordLine, RecordLine, RecordLine, RecordLine];
  const end = lines.at(-1) as RecordLine;
  for (const { title, broken, code, message } of [
    {
      title: "no line",
      broken: [],
      code: "record-order",
      message: "Line 1 of the record: the line of type run is missing",
    },
    {
      title: "a first line of another type",
      broken: [environment],
      code: "record-order",
      message: "Line 1 of the record",
    },
    {
      title: "a second run",
      broken: [head, head],
      code: "record-order",
      message: "Line 2 of the record: there may be one",
    },
    {
      title: "a line after the end",
      broken: [head, end, environment],
      code: "record-order",
      message: "Line 3 of the record: nothing may follow",
    },
    {
      title: "a launch before its environment",
      broken: [head, launch],
      code: "record-order",
      message: "vm is used before",
    },
    {
      title: "a block twice",
      broken: [head, environment, block, block],
      code: "record-duplicate",
      message: "Line 4 of the record repeats block of vm in round 0, series synthetic, block 0",
    },
    {
      title: "an environment twice",
      broken: [head, environment, environment],
      code: "record-duplicate",
      message: "repeats environment vm",
    },
    {
      title: "a launch twice",
      broken: [head, environment, launch, launch],
      code: "record-duplicate",
      message: "repeats launch of vm in round 0",
    },
    {
      title: "a foreign series",
      broken: [head, environment, { ...block, series: "other" } as RecordLine],
      code: "record-series",
      message: "series other; the schedule has synthetic",
    },
  ]) {
    it(`refuses ${title}`, () => {
      expect(() => runOf(broken))
        .to.throw(message)
        .with.property("code", code);
    });
  }
});
