import { expect } from "chai";
import type { RecordLine } from "../../../measure/record.ts";
import { samplesOf } from "../../../measure/samples.ts";
import { exampleRecord, oneSeries } from "./example-record.ts";

const lines = exampleRecord({ schedule: oneSeries(1), environments: [{ environment: "vm", seconds: () => 2 }] });

describe("samplesOf", () => {
  const samples = samplesOf(lines);
  const of = (metric: string) => samples.filter((sample) => sample.metric === metric);

  it("gives a block's numbers with unit, labels and time", () => {
    const labels = {
      run: "k3x9",
      workload: "training",
      environment: "vm",
      round: "0",
      series: "synthetic",
      block: "0",
    };
    const at = "2026-01-02T00:00:03.000Z";
    expect(of("throughput")).to.deep.equal([{ metric: "throughput", value: 4, unit: "images/s", labels, at }]);
    expect(of("items")).to.deep.equal([{ metric: "items", value: 8, unit: "images", labels, at }]);
    expect(of("blockSeconds").map(({ value, unit }) => [value, unit])).to.deep.equal([[2, "s"]]);
    expect(of("blockHostSeconds")[0]?.value).to.be.closeTo(2.02, 1e-12);
    expect(of("stepSeconds").map(({ value, labels: { step } }) => [step, value])).to.deep.equal([
      ["0", 1],
      ["1", 1],
    ]);
  });

  it("gives launch with its parts, stop and peak memory", () => {
    expect(of("launchSeconds")[0]).to.include({ value: 10, unit: "s" });
    expect(of("startSeconds")[0]?.value).to.equal(1);
    expect(of("launchPartSeconds").map(({ value, labels }) => [labels["part"], value])).to.deep.equal([
      ["import", 5],
      ["build", 2],
    ]);
    expect(of("stopSeconds")[0]?.value).to.equal(1);
    expect(of("peakMemory")[0]).to.include({ value: 1234.5, unit: "MiB" });
  });

  it("has no sample of a peak that is not known, and further metrics without a unit", () => {
    const changed = lines.map((line): RecordLine => {
      if (line.type === "stop") return { ...line, peakMemoryMiB: null };
      return line.type === "block" ? { ...line, metrics: { acceleratorUtilisation: 0.5 } } : line;
    });
    const again = samplesOf(changed);
    expect(again.some(({ metric }) => metric === "peakMemory")).to.equal(false);
    expect(again.find(({ metric }) => metric === "acceleratorUtilisation")).to.include({ value: 0.5, unit: null });
  });

  it("counts requests by what became of them, and has their further numbers but for what one has not", () => {
    const changed = lines.map((line): RecordLine =>
      line.type === "block" ? { ...line, counts: { failed: 2 }, samples: { prediction: [0.5, null] } } : line,
    );
    const again = samplesOf(changed);
    const [counted] = again.filter(({ metric }) => metric === "requests");
    expect(counted).to.deep.include({ value: 2, unit: "requests" });
    expect(counted?.labels["part"]).to.equal("failed");
    const found = again.filter(({ metric }) => metric === "prediction");
    expect(found).to.have.lengthOf(lines.filter(({ type }) => type === "block").length);
    expect(found[0]).to.include({ value: 0.5, unit: null });
  });

  it("is in the order of time", () => {
    const times = samples.map(({ at }) => at);
    expect(times).to.deep.equal([...times].sort());
  });
});
