import { expect } from "chai";
import { resultsOf } from "../../../measure/comparison.ts";
import type { HostFacts } from "../../../measure/facts.ts";
import { interferenceOf } from "../../../measure/interference.ts";
import type { Interference } from "../../../measure/results.ts";
import { runOf } from "../../../measure/run.ts";
import { exampleFile, exampleRecord } from "./example-record.ts";

/** A block of 8 images: its seconds, and what the kernel counted. */
interface Side {
  readonly seconds: number;
  readonly metrics?: Readonly<Record<string, number>>;
}

const schedule = {
  seed: 7,
  rounds: 2,
  series: [
    { name: "synthetic", blocksPerRound: 4, steps: 2, alone: "synthetic-alone" },
    { name: "synthetic-alone", blocksPerRound: 4, steps: 2 },
  ],
};

/** A record of these two sides in one environment, all blocks alike but for a spread that pairs share. */
function record(beside: Side, alone: Side, facts: Partial<HostFacts> = {}) {
  const side = (series: string): Side => (series === "synthetic" ? beside : alone);
  const spread = (block: number): number => 1 + 0.01 * Math.sin(3 * block);
  return exampleRecord({
    schedule,
    environments: [
      {
        ...{ environment: "bare-metal", facts, companions: ["background"] },
        seconds: (series, _round, block) => side(series).seconds * spread(block),
        metrics: (series, _round, block) =>
          Object.fromEntries(
            Object.entries(side(series).metrics ?? {}).map(([name, value]) => {
              return [name, name.endsWith("Fraction") ? value : value * spread(block)];
            }),
          ),
      },
    ],
  });
}

function interference(beside: Side, alone: Side, facts: Partial<HostFacts> = {}): Interference {
  const [found] = interferenceOf(runOf(record(beside, alone, facts)));
  return found!;
}

const none = { cpuPressureFraction: 0, ioPressureFraction: 0, memoryPressureFraction: 0, stealFraction: 0 };
const alone: Side = { seconds: 4, metrics: { cpuSeconds: 4, ...none } };

function seconds({ parts }: Interference, cause: string): number | null {
  return parts.find((part) => part.cause === cause)!.secondsPerItem;
}

describe("interferenceOf", () => {
  it("finds the throughput beside ÷ alone, with interval, n and verdict", () => {
    const found = interference({ seconds: 8 }, alone);
    expect(found).to.deep.include({ environment: "bare-metal", series: "synthetic", alone: "synthetic-alone", n: 8 });
    expect(found.ratio).to.be.closeTo(0.5, 1e-9);
    expect(found.interval!.low).to.be.closeTo(0.5, 1e-6);
    expect(found.verdict).to.equal("slower");
    expect(found.extraSecondsPerItem).to.be.closeTo(0.5, 0.01);
  });

  it("names CPU time where the same work takes more of it", () => {
    const found = interference({ seconds: 6, metrics: { cpuSeconds: 6, ...none } }, alone);
    expect(found).to.include({ cause: "CPU time", causeReason: null });
    expect(seconds(found, "CPU time")).to.be.closeTo(found.extraSecondsPerItem!, 1e-9);
    expect(seconds(found, "the rest")).to.equal(0);
  });

  for (const [cause, counter] of [
    ["waiting for a CPU", "cpuPressureFraction"],
    ["waiting for storage", "ioPressureFraction"],
    ["waiting for memory", "memoryPressureFraction"],
  ] as const) {
    it(`names ${cause} where the work is the same and the kernel tells of that wait`, () => {
      const found = interference({ seconds: 8, metrics: { cpuSeconds: 4, ...none, [counter]: 0.5 } }, alone);
      expect(found).to.include({ cause, causeReason: null });
      expect(seconds(found, cause)).to.be.closeTo(found.extraSecondsPerItem!, 1e-9);
      expect(seconds(found, "CPU time")).to.be.closeTo(0, 1e-9);
    });
  }

  it("counts what the hypervisor took as waiting for a CPU", () => {
    const metrics = { cpuSeconds: 4, ...none, stealFraction: 0.5 };
    expect(interference({ seconds: 8, metrics }, alone, { virtualisation: "kvm" }).cause).to.equal("waiting for a CPU");
  });

  it("holds waits to the time that was lost by waiting, as pressure is that of all tasks", () => {
    const metrics = { cpuSeconds: 4, ...none, cpuPressureFraction: 1, ioPressureFraction: 1 / 3 };
    const found = interference({ seconds: 8, metrics }, alone);
    expect(seconds(found, "waiting for a CPU")).to.be.closeTo(0.75 * found.extraSecondsPerItem!, 1e-9);
    expect(seconds(found, "waiting for storage")).to.be.closeTo(0.25 * found.extraSecondsPerItem!, 1e-9);
  });

  it("counts CPU time of several threads as what it takes of the clock", () => {
    const four = { seconds: 4, metrics: { ...none, cpuSeconds: 16 } };
    const slower = interference({ seconds: 6, metrics: { ...none, cpuSeconds: 24 } }, four);
    expect(slower.cause).to.equal("CPU time");
    expect(seconds(slower, "CPU time")).to.be.closeTo(slower.extraSecondsPerItem!, 1e-9);
    const waiting = { ...none, cpuSeconds: 16, cpuPressureFraction: 0.9 };
    expect(interference({ seconds: 6, metrics: waiting }, four).cause).to.equal("waiting for a CPU");
  });

  it("names none of many, and says which is the largest", () => {
    const metrics = { ...none, cpuSeconds: 5.2, cpuPressureFraction: 0.2, ioPressureFraction: 0.2 };
    const { cause, causeReason } = interference({ seconds: 8, metrics }, alone);
    expect(cause).to.equal(null);
    expect(causeReason).to.match(/^no cause carries half .* waiting for a CPU with 35 %|storage with 35 %$/);
  });

  it("names none where the counters explain nothing, and says which were missing", () => {
    expect(interference({ seconds: 8, metrics: { cpuSeconds: 4, ...none } }, alone).causeReason).to.equal(
      "100 % of the extra time is none that the counters explain",
    );
    const { parts, causeReason } = interference({ seconds: 8 }, alone);
    expect(causeReason).to.include("the kernel did not tell cpuSeconds").and.include("cpuPressureFraction");
    expect(parts.filter(({ secondsPerItem }) => secondsPerItem === null)).to.have.lengthOf(4);
  });

  it("names no cause of what is no credible slowdown", () => {
    const found = interference({ seconds: 4, metrics: { ...none, cpuSeconds: 4 } }, alone);
    expect(found).to.include({ verdict: "no credible difference", cause: null });
    expect(found.causeReason).to.equal("there is no credible slowdown");
  });

  it("does not name CPU time in a guest that is not told what the host takes", () => {
    const slower = { seconds: 6, metrics: { ...none, cpuSeconds: 6 } };
    const guest = interference(slower, alone, { virtualisation: "user-mode-linux" });
    expect(guest.cause).to.equal(null);
    expect(guest.causeReason).to.include("waiting for a CPU look the same there");
    expect(interference(slower, alone, { virtualisation: "kvm" }).cause).to.equal("CPU time");
  });

  it("has the counters of both sides as evidence: per item, or as a share of time", () => {
    const metrics = { ...none, cpuSeconds: 6, storageReadBytes: 80, cpuPressureFraction: 0.25 };
    const { counters } = interference({ seconds: 6, metrics }, { ...alone, metrics: { ...metrics, cpuSeconds: 4 } });
    const of = (name: string) => counters.find(({ counter }) => counter === name)!;
    expect(of("cpuPressureFraction")).to.include({ beside: 0.25, alone: 0.25 });
    expect(of("storageReadBytes").beside).to.be.closeTo(10, 0.1);
    expect(of("cpuSeconds").beside / of("cpuSeconds").alone).to.be.closeTo(1.5, 1e-9);
    expect(counters.map(({ counter }) => counter)).to.not.include("memoryTrafficBytes");
  });

  it("tells what the background did meanwhile, or that it did not tell", () => {
    const metrics = { "background.items": 32, "background.seconds": 4 };
    const [told] = interference({ seconds: 8, metrics }, alone).background;
    expect(told).to.have.property("role", "background");
    expect(told!.throughput.mean).to.be.closeTo(8, 1e-9);
    const [silent] = interference({ seconds: 8 }, alone).background;
    expect(silent!.throughput).to.include({ mean: null, reason: "background did not tell what it did" });
  });

  it("says why it cannot tell: nothing was played alone, or the clock is wrong", () => {
    const lines = record({ seconds: 8 }, alone);
    const some = lines.filter((line) => line.type !== "block" || line.series === "synthetic");
    expect(interferenceOf(runOf(some))[0]).to.deep.include({ verdict: "cannot tell", ratio: null, n: 0, parts: [] });
    const fast = lines.map((line) => (line.type === "block" ? { ...line, hostSeconds: line.seconds / 1.5 } : line));
    expect(interferenceOf(runOf(fast))[0]!.reason).to.include("the clock of bare-metal cannot be trusted");
  });

  it("is part of the results where series are held against each other, and left out elsewhere", () => {
    const lines = record({ seconds: 8 }, alone);
    expect(resultsOf(lines, exampleFile).interference).to.have.lengthOf(1);
    const plain = lines.map((line) => {
      if (line.type !== "run") return line;
      const series = line.schedule.series.map(({ name, blocksPerRound, steps }) => ({ name, blocksPerRound, steps }));
      return { ...line, schedule: { ...line.schedule, series } };
    });
    expect(resultsOf(plain, exampleFile)).to.not.have.property("interference");
  });
});
