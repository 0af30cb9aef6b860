import { expect } from "chai";
import { makeSchedule, remainingSeconds } from "../../../measure/schedule.ts";
import type { ScheduleStep } from "../../../measure/schedule.ts";

const parameters = {
  seed: 11,
  rounds: 2,
  series: [
    { name: "synthetic", blocksPerRound: 3, steps: 5 },
    { name: "photographs", blocksPerRound: 1, steps: 2 },
  ],
};

describe("makeSchedule", () => {
  it("is the same for the same seed, whatever the order of the environments, and another for another seed", () => {
    const schedule = makeSchedule(parameters, ["bare-metal", "vm"]);
    expect(makeSchedule(parameters, ["vm", "bare-metal"])).to.deep.equal(schedule);
    expect(makeSchedule({ ...parameters, seed: 12 }, ["bare-metal", "vm"])).to.not.deep.equal(schedule);
  });

  it("plays an environment alone", () => {
    const [, ...rest] = makeSchedule({ ...parameters, rounds: 1 }, ["vm"]);
    expect(rest.at(-1)).to.deep.equal({ action: "stop", environment: "vm", round: 0 });
    const blocks = rest.slice(0, -1).map((step) => (step.action === "block" ? `${step.series} ${step.block}` : step));
    expect(blocks).to.have.members(["synthetic 0", "synthetic 1", "synthetic 2", "photographs 0"]);
    expect(blocks.filter((block) => block !== "photographs 0")).to.deep.equal([
      "synthetic 0",
      "synthetic 1",
      "synthetic 2",
    ]);
  });

  it("puts each environment first about equally often over many seeds", () => {
    const counts = { "bare-metal": 0, vm: 0, "container-on-vm": 0 };
    for (let seed = 0; seed < 600; seed += 1) {
      const series = [{ name: "synthetic", blocksPerRound: 1, steps: 1 }];
      const steps = makeSchedule({ seed, rounds: 1, series }, ["bare-metal", "vm", "container-on-vm"]);
      const first = steps.find((step) => step.action === "block");
      counts[first?.environment as keyof typeof counts] += 1;
    }
    // 200 expected each, standard deviation 11.5.
    for (const count of Object.values(counts)) expect(count).to.be.within(145, 255);
  });

  it("refuses nothing to play and the same thing twice", () => {
    const code = (run: () => unknown) => expect(run).to.throw().with.property("code");
    code(() => makeSchedule(parameters, [])).that.equals("schedule-empty");
    code(() => makeSchedule({ ...parameters, series: [] }, ["vm"])).that.equals("schedule-empty");
    code(() => makeSchedule(parameters, ["vm", "vm"])).that.equals("schedule-duplicate");
    const series = [...parameters.series, ...parameters.series];
    code(() => makeSchedule({ ...parameters, series }, ["vm"])).that.equals("schedule-duplicate");
  });

  it("refuses a series that is held against itself or against none of the schedule", () => {
    const [first, ...others] = parameters.series;
    for (const alone of [first!.name, "nothing"]) {
      const series = [{ ...first!, alone }, ...others];
      expect(() => makeSchedule({ ...parameters, series }, ["vm"]))
        .to.throw("no other series")
        .with.property("code", "schedule-alone");
    }
  });
});

describe("remainingSeconds", () => {
  const block = (environment: "vm" | "bare-metal", series: string, steps: number): ScheduleStep => {
    return { action: "block", environment, round: 0, series, block: 0, steps };
  };
  const launch = { action: "launch", environment: "vm", round: 0 } as const;
  const stop = { action: "stop", environment: "vm", round: 0 } as const;
  const steps = [launch, block("vm", "a", 2), block("vm", "a", 4), stop];

  it("is unknown as long as a launch or a block is to come and none was ever seen", () => {
    expect(remainingSeconds(steps, 1, [{ step: launch, seconds: 9 }])).to.equal(null);
    expect(remainingSeconds(steps, 0, [{ step: block("vm", "a", 2), seconds: 3 }])).to.equal(null);
  });

  it("does not wait for the first stop to be known", () => {
    expect(remainingSeconds(steps, 2, [{ step: block("vm", "a", 2), seconds: 3 }])).to.equal(6);
  });

  it("takes the mean of each kind, blocks scaled by their steps", () => {
    const observations = [
      { step: launch, seconds: 9 },
      { step: block("vm", "a", 2), seconds: 3 },
      { step: block("vm", "a", 2), seconds: 5 },
      { step: stop, seconds: 1 },
    ];
    expect(remainingSeconds(steps, 2, observations)).to.equal(2 * 4 + 1);
    expect(remainingSeconds(steps, 0, observations)).to.equal(9 + 4 + 8 + 1);
  });

  it("prefers its own environment, then its series, then any block", () => {
    const other = { step: block("bare-metal", "a", 1), seconds: 10 };
    const foreign = { step: block("bare-metal", "b", 1), seconds: 100 };
    const own = { step: block("vm", "a", 1), seconds: 1 };
    expect(remainingSeconds([block("vm", "a", 1)], 0, [own, other, foreign])).to.equal(1);
    expect(remainingSeconds([block("vm", "a", 1)], 0, [other, foreign])).to.equal(10);
    expect(remainingSeconds([block("vm", "a", 1)], 0, [foreign])).to.equal(100);
  });

  it("is 0 at the end", () => {
    expect(remainingSeconds(steps, steps.length, [])).to.equal(0);
  });
});
