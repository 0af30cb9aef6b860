import { expect } from "chai";
import { driftOf } from "../../../measure/drift.ts";
import { runOf } from "../../../measure/run.ts";
import type { EnvironmentRun } from "../../../measure/run.ts";
import { exampleRecord, oneSeries } from "./example-record.ts";

function baseline(blocks: number, seconds: (block: number) => number): EnvironmentRun {
  const environments = [
    { environment: "bare-metal", seconds: (_s: string, _r: number, b: number) => seconds(b) },
  ] as const;
  return runOf(exampleRecord({ schedule: oneSeries(blocks), environments })).environments[0] as EnvironmentRun;
}

describe("driftOf", () => {
  it("is steady when the last third is like the first", () => {
    const drift = driftOf(
      baseline(12, (block) => 1 + 0.01 * Math.cos(block * 2.3)),
      "synthetic",
    );
    expect(drift).to.include({ series: "synthetic", verdict: "steady", reason: null });
    expect(drift.interval?.method).to.equal("Welch's t, on log-ratios");
  });

  it("sees a machine that slows down, whatever the order of the record", () => {
    const run = baseline(12, (block) => 1 + 0.02 * block + 0.001 * (block % 2));
    const drift = driftOf(run, "synthetic");
    expect(drift.verdict).to.equal("drifted");
    // Mean log of the last four blocks against the first four: about -ln(1.19 / 1.03).
    expect(drift.ratio).to.be.closeTo(1.03 / 1.19, 0.002);
    expect(driftOf({ ...run, blocks: [...run.blocks].reverse() }, "synthetic")).to.deep.equal(drift);
  });

  it("cannot tell from eight blocks", () => {
    expect(
      driftOf(
        baseline(8, () => 1),
        "synthetic",
      ),
    ).to.deep.equal({
      series: "synthetic",
      ratio: 1,
      interval: null,
      verdict: "cannot tell",
      reason: "2 blocks a side: an interval needs at least 3",
    });
  });

  it("cannot tell from nothing", () => {
    expect(
      driftOf(
        baseline(8, () => 1),
        "photographs",
      ),
    ).to.include({ ratio: null, verdict: "cannot tell" });
  });
});
