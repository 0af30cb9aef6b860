import { existsSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { scheduleParametersSchema } from "../../../../measure/record.ts";
import { modelNames, trainingPlan, trainingRoles } from "../../../../workloads/training/plan.ts";

describe("a training plan", () => {
  it("is small by default", () => {
    const plan = trainingPlan({});
    expect(plan).to.deep.include({ workload: "training", profile: "quick" });
    expect(plan.command.slice(-2)).to.deep.equal(["python3", "{program}/main.py"]);
    expect(plan.command).to.include("MALLOC_TRIM_THRESHOLD_=4294967296");
    expect(plan.options).to.deep.equal({
      framework: "tensorflow",
      model: "resnet50",
      batchSize: 4,
      imageSize: null,
      series: { synthetic: {} },
      warmUpSteps: 1,
      seed: 1,
      threads: 1,
      device: "auto",
      learningRate: 0.01,
    });
    expect(plan.schedule).to.deep.equal({
      seed: 1,
      rounds: 3,
      series: [{ name: "synthetic", blocksPerRound: 4, steps: 1 }],
    });
  });

  it("in the profile `paper` has the paper's batches, 10 warm-up steps and 100 timed ones a launch", () => {
    const batches = modelNames.map((model) => trainingPlan({ profile: "paper", model }).options["batchSize"]);
    expect(batches).to.deep.equal([32, 32, 512]);
    const { schedule, options, answerTimeoutSec } = trainingPlan({ profile: "paper" });
    expect(options["warmUpSteps"]).to.equal(10);
    expect(schedule.series.map(({ blocksPerRound, steps }) => blocksPerRound * steps)).to.deep.equal([100]);
    expect(answerTimeoutSec).to.equal(7200);
  });

  it("of several hosts has two workers that play, a parameter server that does not, and environments in turn", () => {
    const plan = trainingPlan({ scenario: "distributed" });
    expect(plan).to.deep.include({
      role: "chief",
      companions: [
        { role: "worker-1", during: { plays: "together" } },
        { role: "parameter-server", during: { plays: "nothing" } },
      ],
    });
    expect(plan.options).to.include({ variableUpdate: "parameter-server" });
    expect(plan.schedule.inTurn).to.equal(true);
    const ring = trainingPlan({ scenario: "distributed", variableUpdate: "all-reduce" });
    expect(ring.companions?.map(({ role }) => role)).to.deep.equal(["worker-1"]);
    const four = trainingPlan({ scenario: "distributed", workers: 4 });
    const roles = ["worker-1", "worker-2", "worker-3", "parameter-server"];
    expect(four.companions?.map(({ role }) => role)).to.deep.equal(roles);
  });

  it("beside another has AlexNet in the background, in all series but the one that it is alone in", () => {
    const plan = trainingPlan({ scenario: "shared", photographs: "/data/photographs", profile: "paper" });
    expect(plan.schedule.series.map(({ name }) => name)).to.deep.equal(["synthetic", "synthetic-alone", "photographs"]);
    expect(plan.companions).to.deep.equal([
      {
        role: "background",
        options: { model: "alexnet", batchSize: 512, series: { synthetic: {} } },
        during: { plays: "alongside", series: "synthetic", beside: ["synthetic", "photographs"] },
      },
    ]);
    expect(plan.options).not.to.have.property("variableUpdate");
  });

  it("has as many roles as hosts are needed", () => {
    const roles = (["single", "distributed", "shared"] as const).map((scenario) => trainingRoles({ scenario }));
    expect(roles).to.deep.equal([["chief"], ["chief", "worker-1", "parameter-server"], ["foreground", "background"]]);
  });

  it("has a series of photographs where there is a folder of them", () => {
    const { schedule, options } = trainingPlan({ photographs: "/data/photographs" });
    expect(options["series"]).to.deep.equal({ synthetic: {}, photographs: { directory: "/data/photographs" } });
    expect(schedule.series).to.deep.equal([
      { name: "synthetic", blocksPerRound: 4, steps: 1 },
      { name: "photographs", blocksPerRound: 2, steps: 1 },
    ]);
  });

  const imagenet = "/data/imagenet";
  const series = {
    warm: ["imagenet", { directory: imagenet, pageCache: "warm" }],
    cold: ["imagenet-cold", { directory: imagenet, pageCache: "cold" }],
  } as const;
  for (const [pageCache, expected] of [
    [undefined, [series.warm]],
    ["warm", [series.warm]],
    ["cold", [series.cold]],
    ["both", [series.warm, series.cold]],
  ] as const) {
    it(`has series of an ImageNet-format data set named by the page cache: ${String(pageCache)}`, () => {
      const { schedule, options } = trainingPlan({ imagenet, ...(pageCache === undefined ? {} : { pageCache }) });
      expect(options["series"]).to.deep.equal({ synthetic: {}, ...Object.fromEntries(expected) });
      expect(schedule.series).to.deep.equal([
        { name: "synthetic", blocksPerRound: 4, steps: 1 },
        ...expected.map(([name]) => ({ name, blocksPerRound: 2, steps: 1 })),
      ]);
    });
  }

  it("has no series of the page cache without a data set", () => {
    expect(trainingPlan({ pageCache: "both" })).to.deep.equal(trainingPlan({}));
  });

  it("names its framework, and looks for packages where they are", () => {
    const plan = trainingPlan({ framework: "pytorch", packages: "/data/pytorch" });
    expect(plan.command.slice(-3)).to.deep.equal(["PYTHONPATH=/data/pytorch", "python3", "{program}/main.py"]);
    expect(plan.options).to.deep.equal({ ...trainingPlan({}).options, framework: "pytorch" });
    expect(plan.schedule).to.deep.equal(trainingPlan({}).schedule);
  });

  it("takes every number that is given, zero warm-up steps too", () => {
    const args = {
      batchSize: 3,
      cpus: 2,
      seed: 9,
      rounds: 5,
      blocks: 6,
      steps: 7,
      warmUpSteps: 0,
      photographs: "/data/a",
    };
    const { schedule, options } = trainingPlan(args);
    expect(options).to.include({ batchSize: 3, threads: 2, seed: 9, warmUpSteps: 0 });
    expect(schedule).to.deep.equal({
      seed: 9,
      rounds: 5,
      series: ["synthetic", "photographs"].map((name) => ({ name, blocksPerRound: 6, steps: 7 })),
    });
  });

  it("holds what is played beside another training against the same work alone, and only where there is another", () => {
    const { schedule, companions } = trainingPlan({ scenario: "shared", imagenet });
    expect(schedule.series.map(({ name, alone }) => [name, alone])).to.deep.equal([
      ["synthetic", "synthetic-alone"],
      ["synthetic-alone", undefined],
      ["imagenet", undefined],
    ]);
    expect(companions?.[0]?.during).to.deep.equal({
      plays: "alongside",
      series: "synthetic",
      beside: ["synthetic", "imagenet"],
    });
    expect(trainingPlan({ scenario: "distributed" }).schedule.series.some(({ alone }) => alone !== undefined)).to.equal(
      false,
    );
  });

  it("is one that can be played, of a program that is there", () => {
    const { schedule, directory } = trainingPlan({});
    expect(scheduleParametersSchema.safeParse(schedule).success).to.equal(true);
    expect(existsSync(path.join(directory, "main.py"))).to.equal(true);
  });
});
