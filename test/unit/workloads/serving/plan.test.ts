import { expect } from "chai";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { optionsSchema } from "../../../../workloads/serving/run/options.ts";
import { servingPlan } from "../../../../workloads/index.ts";

const by = { url: "http://127.0.0.1:1/predict", eviction: null, reports: null };

describe("the plan of a load", () => {
  it("asks in the profile `paper` what Ishakian 2018 asked", () => {
    const { schedule, options } = servingPlan({ profile: "paper" }, by);
    expect(schedule).to.deep.equal({
      seed: 1,
      rounds: 1,
      series: [
        { name: "cold", blocksPerRound: 1, steps: 5 },
        { name: "warm", blocksPerRound: 1, steps: 25 },
        { name: "scale", blocksPerRound: 1, steps: 10 },
      ],
    });
    expect(options["series"]).to.deep.equal({
      cold: { kind: "cold" },
      warm: { kind: "warm", pauseSec: 1, discarded: 1 },
      scale: { kind: "scale", fromPerSec: 10, byPerSec: 10 },
    });
  });

  it("has as many requests as rate and length make", () => {
    const { schedule } = servingPlan({ series: ["constant", "poisson"], ratePerSec: 30, durationSec: 4 }, by);
    expect(schedule.series.map(({ steps }) => steps)).to.deep.equal([120, 120]);
  });

  it("plays a trace only where there is one", () => {
    expect(servingPlan({ series: ["replay", "warm"] }, by).schedule.series.map(({ name }) => name)).to.deep.equal([
      "warm",
    ]);
    const { options } = servingPlan({ series: ["replay"], trace: "/tmp/trace" }, by);
    expect(options["series"]).to.deep.include({ replay: { kind: "replay", file: "/tmp/trace", speed: 1 } });
  });

  it("waits for an answer as long as a block may take", () => {
    const { answerTimeoutSec } = servingPlan({ profile: "paper", requestTimeoutSec: 30 }, by);
    // Five cold starts of ten minutes, and half a minute for each answer.
    expect(answerTimeoutSec).to.be.at.least(5 * 600 + 5 * 30);
  });

  it("has options that its program takes, and a program that is there", () => {
    const { options, directory, command } = servingPlan(
      { series: ["cold", "warm", "scale", "constant", "poisson"] },
      by,
    );
    expect(optionsSchema.safeParse(options).success).to.equal(true);
    expect(existsSync(join(directory, (command.at(-1) ?? "").replace("{program}/", "")))).to.equal(true);
  });
});
