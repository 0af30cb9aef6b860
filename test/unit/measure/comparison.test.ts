import { expect } from "chai";
import { resultsOf } from "../../../measure/comparison.ts";
import type { BlockLine, RecordLine } from "../../../measure/record.ts";
import type { Comparison, Results } from "../../../measure/results.ts";
import { exampleFile, exampleRecord, oneSeries } from "./example-record.ts";
import type { Example } from "./example-record.ts";

type Seconds = Example["environments"][number]["seconds"];

/** A spread that is the same for both sides of a pair. */
const shared = (_series: string, round: number, block: number): number => 1 + 0.1 * Math.sin(3 * block + round);

function results(vm: Partial<Example["environments"][number]>, changes: Partial<Example> = {}): Results {
  const environments = [
    { environment: "bare-metal", seconds: shared },
    { environment: "vm", seconds: shared, ...vm },
  ] as const;
  return resultsOf(exampleRecord({ schedule: oneSeries(10), environments, ...changes }), exampleFile);
}

function comparison(of: Results, metric: Comparison["metric"]): Comparison {
  const found = of.comparisons.find((candidate) => candidate.metric === metric);
  if (found === undefined) throw new Error(`no comparison of ${metric}`);
  return found;
}

describe("resultsOf: throughput", () => {
  it("pairs blocks, so that what hits both sides cancels out", () => {
    const seconds: Seconds = (...place) => shared(...place) * (1.25 + 0.001 * (place[2] % 3));
    const compared = comparison(results({ seconds }), "throughput");
    expect(compared.ratio).to.be.closeTo(0.8, 0.001);
    expect(compared.interval?.low).to.be.within(0.798, 0.8);
    expect(compared.interval?.high).to.be.within(0.799, 0.801);
    expect(compared).to.include({ environment: "vm", baseline: "bare-metal", n: 10, verdict: "slower", reason: null });
  });

  it("says faster, and no credible difference", () => {
    const faster: Seconds = (...place) => shared(...place) * (0.9 + 0.001 * (place[2] % 3));
    expect(comparison(results({ seconds: faster }), "throughput").verdict).to.equal("faster");
    const alike: Seconds = (...place) => shared(...place) * (place[2] % 2 === 0 ? 1.01 : 1 / 1.01);
    expect(comparison(results({ seconds: alike }), "throughput").verdict).to.equal("no credible difference");
  });

  it("finds no difference between equal times", () => {
    const same = comparison(results({}), "throughput");
    expect(same).to.include({ ratio: 1, verdict: "no credible difference" });
    expect(same.interval).to.include({ low: 1, high: 1 });
  });

  it("takes rounds for its units where environments took turns", () => {
    const seconds: Seconds = (...place) => shared(...place) * (1.25 + 0.001 * (place[1] % 3));
    const schedule = { ...oneSeries(3), rounds: 4 };
    const inTurn = comparison(results({ seconds }, { schedule: { ...schedule, inTurn: true } }), "throughput");
    expect(inTurn).to.include({ n: 4, verdict: "slower" });
    expect(inTurn.ratio).to.be.closeTo(0.8, 0.001);
    expect(comparison(results({ seconds }, { schedule }), "throughput").n).to.equal(12);
  });

  it("leaves blocks without a partner out", () => {
    const seconds: Seconds = (...place) => (place[2] < 4 ? shared(...place) * 2 : null);
    expect(comparison(results({ seconds }), "throughput")).to.include({ n: 4, verdict: "slower" });
  });

  it("cannot tell from two pairs, and says what failed", () => {
    const schedule = oneSeries(10);
    const seconds: Seconds = (...place) => (place[2] < 2 ? 2 * shared(...place) : null);
    const environments = [
      { environment: "bare-metal", seconds: shared },
      { environment: "vm", seconds },
    ] as const;
    const lines = exampleRecord({ schedule, environments, status: "partial" });
    const failure: RecordLine = {
      type: "failure",
      environment: "vm",
      round: 0,
      at: "2026-01-02T00:10:00Z",
      code: "session-ended",
      message: "The program ended.",
      log: ["Killed"],
    };
    const of = resultsOf([...lines.slice(0, -1), failure, ...lines.slice(-1)], exampleFile);
    const compared = comparison(of, "throughput");
    expect(compared).to.include({ n: 2, verdict: "cannot tell", interval: null });
    expect(compared.ratio).to.be.closeTo(0.5, 1e-12);
    expect(compared.reason).to.equal("2 pairs of blocks: an interval needs at least 3; vm failed with session-ended");
    expect(of.failures).to.deep.equal([{ environment: "vm", code: "session-ended", message: "The program ended." }]);
    expect(of.status).to.equal("partial");
  });

  it("takes rounds as units where launches differ", () => {
    const seconds: Seconds = (...place) =>
      shared(...place) * ([1.1, 0.9, 1.05][place[1]] ?? 1) * (1 + 0.001 * place[2]);
    const compared = comparison(results({ seconds }, { schedule: oneSeries(4, 3) }), "throughput");
    expect(compared.interval?.method).to.contain("rounds as units");
    expect(compared).to.include({ n: 12, verdict: "no credible difference" });
  });

  it("cannot tell by a clock that is wrong, whichever side has it", () => {
    const hostSeconds = (own: number) => own / 1.2;
    const reason = "the clock of vm cannot be trusted: it measured 120.0 % of the host's time in a block";
    for (const baseline of ["bare-metal", "vm"] as const) {
      for (const compared of results({ hostSeconds }, { baseline }).comparisons) {
        expect(compared).to.include({ verdict: "cannot tell", ratio: null, interval: null, reason });
      }
    }
  });
});

describe("resultsOf: elapsed", () => {
  it("is launch, blocks of the series and stop, paired by rounds", () => {
    const schedule = oneSeries(2, 3);
    const of = results({ seconds: () => 2, launchSeconds: 20, stopSeconds: 6 }, { schedule });
    const [bare, vm] = of.environments.map(({ series }) => series[0]?.elapsed);
    expect(vm).to.include({ unit: "s", n: 3, mean: 30, median: 30, reason: null });
    expect(vm?.interval).to.include({ low: 30, high: 30 });
    const compared = comparison(of, "elapsed");
    expect(compared.ratio).to.be.closeTo(30 / (bare?.mean ?? 0), 0.001);
    expect(compared).to.include({ n: 3, verdict: "slower" });
  });

  it("cannot tell from one round", () => {
    expect(comparison(results({}), "elapsed")).to.deep.include({
      ratio: 1,
      n: 1,
      verdict: "cannot tell",
      interval: null,
      reason: "1 pair of rounds: an interval needs at least 3",
    });
  });

  it("leaves rounds out that were not completed", () => {
    const seconds: Seconds = (...place) => (place[1] === 1 && place[2] === 9 ? null : shared(...place));
    const of = results({ seconds }, { schedule: oneSeries(10, 2) });
    expect(of.environments.map(({ series }) => series[0]?.elapsed.n)).to.deep.equal([2, 1]);
    expect(comparison(of, "elapsed").n).to.equal(1);
  });
});

describe("resultsOf: the whole", () => {
  it("summarises every environment", () => {
    const of = results({ seconds: (_series, _round, block) => 8 / (block + 1) });
    expect(of.environments[1]?.series[0]?.throughput).to.deep.include({
      unit: "images/s",
      n: 10,
      mean: 5.5,
      median: 5.5,
      standardDeviation: Math.sqrt(55 / 6),
      reason: null,
    });
    expect(of).to.include({ runId: "k3x9", status: "complete", workload: "training", profile: "quick" });
    expect(of.record).to.deep.equal(exampleFile);
  });

  it("has no comparison with one environment", () => {
    const environments = [{ environment: "bare-metal", seconds: shared }] as const;
    const of = resultsOf(exampleRecord({ schedule: oneSeries(9), environments }), exampleFile);
    expect(of.comparisons).to.deep.equal([]);
    expect(of.drift).to.have.length(1);
  });

  it("has neither comparison nor drift with one environment that is not the baseline", () => {
    const environments = [{ environment: "vm", seconds: shared }] as const;
    const of = resultsOf(exampleRecord({ schedule: oneSeries(9), environments }), exampleFile);
    expect([of.comparisons, of.drift]).to.deep.equal([[], []]);
  });

  it("cannot tell anything when the baseline is not in the record", () => {
    const of = results({}, { baseline: "container-on-vm" });
    expect(of.comparisons.map(({ reason, verdict }) => [reason, verdict])).to.deep.equal(
      Array.from({ length: 4 }, () => ["the baseline container-on-vm is not in the record", "cannot tell"]),
    );
  });

  it("gives the reason where nothing was measured", () => {
    const of = results({ seconds: () => null });
    expect(of.environments[1]?.series[0]?.throughput).to.deep.equal({
      unit: "images/s",
      n: 0,
      median: null,
      mean: null,
      standardDeviation: null,
      interval: null,
      reason: "no block was measured",
    });
    expect(comparison(of, "throughput")).to.include({ ratio: null, verdict: "cannot tell", n: 0 });
  });

  it("refuses unequal bits", () => {
    expect(() => results({ facts: { rootDigest: "sha256:cccc" } }))
      .to.throw()
      .with.property("code", "incomparable-root");
  });

  it("refuses infinity, whoever let it in", () => {
    const lines = exampleRecord({
      schedule: oneSeries(3),
      environments: [{ environment: "bare-metal", seconds: shared }],
    });
    const block = lines.find((line): line is BlockLine => line.type === "block");
    if (block !== undefined) block.items = Infinity;
    expect(() => resultsOf(lines, exampleFile))
      .to.throw()
      .with.property("code", "not-finite");
  });
});
