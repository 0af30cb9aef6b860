import { expect } from "chai";
import { advise } from "../../../measure/advice.ts";
import type { Advice, MeasuredCell, Question } from "../../../measure/advice.ts";
import type { Interference } from "../../../measure/results.ts";
import { madeUpCell } from "../../fixtures/advice.ts";
import { errorOf } from "../../support/expect-error.ts";

const plain: Question = {
  workload: "training",
  slowdown: 1.1,
  metrics: ["throughput"],
  prices: new Map(),
};
const prices = (given: Partial<Record<"bare-metal" | "vm" | "container-on-vm", number>>) =>
  new Map(Object.entries(given)) as Question["prices"];

function ask(cells: readonly MeasuredCell[], changes: Partial<Question> = {}): Advice {
  return advise(cells, { ...plain, ...changes });
}

function verdicts({ candidates }: Advice): Record<string, string> {
  return Object.fromEntries(candidates.map(({ environment, verdict }) => [environment, verdict]));
}

const single = madeUpCell({
  environments: {
    "bare-metal": { rate: 10 },
    vm: { rate: 9.5, slowdown: [1.05, 1.02, 1.08] },
    "container-on-bare-metal": { rate: 9, slowdown: [1.11, 1.05, 1.2] },
    "container-on-vm": { rate: 5, slowdown: [2, 1.9, 2.1] },
    hpc: { rate: 9, slowdown: "no pair of blocks" },
  },
});

describe("advise", () => {
  it("qualifies what is within by its whole interval, disqualifies what is above by it, and cannot tell the others", () => {
    expect(verdicts(ask([single]))).to.deep.equal({
      "bare-metal": "qualifies",
      vm: "qualifies",
      "container-on-bare-metal": "cannot tell",
      "container-on-vm": "does not qualify",
      hpc: "cannot tell",
    });
  });

  it("counts the ends of the interval in", () => {
    const [, vm] = ask([single], { slowdown: 1 / (1 / 1.08) }).candidates;
    expect(vm).to.include({ verdict: "qualifies", environment: "vm" });
    expect(vm!.interval!.high).to.be.closeTo(1.08, 1e-12);
  });

  it("chooses the cheapest by price and throughput", () => {
    const { chosen, equalPrices, ties } = ask([single], { prices: prices({ "bare-metal": 1, vm: 0.36 }) });
    expect(equalPrices).to.equal(false);
    expect(chosen!.environment).to.equal("vm");
    expect(chosen!.cost).to.be.closeTo((0.36 * 1e6) / (9.5 * 3600), 1e-9);
    expect(ties).to.deep.equal([]);
  });

  it("takes equal prices when none is given, and says so", () => {
    const { chosen, equalPrices } = ask([single]);
    expect(equalPrices).to.equal(true);
    expect(chosen).to.include({ environment: "bare-metal", pricePerHour: 1 });
    expect(chosen!.cost).to.be.closeTo(1e6 / 36_000, 1e-9);
  });

  it("never chooses what has no price", () => {
    const { chosen, candidates } = ask([single], { prices: prices({ vm: 5 }) });
    expect(chosen!.environment).to.equal("vm");
    expect(candidates[0]).to.include({ verdict: "qualifies", pricePerHour: null, cost: null });
    expect(ask([single], { prices: prices({ "container-on-vm": 1 }) }).chosen).to.equal(null);
  });

  it("names what qualifies at a cost that cannot be told apart", () => {
    const close = madeUpCell({ environments: { "bare-metal": { rate: 10 }, vm: { rate: 9.9 } } });
    expect(ask([close]).ties.map(({ environment }) => environment)).to.deep.equal(["vm"]);
    expect(ask([single]).ties).to.deep.equal([]);
    const free = ask([single], { prices: prices({ "bare-metal": 0, vm: 0 }) });
    expect(free.chosen!.environment).to.equal("bare-metal");
    expect(free.ties).to.have.lengthOf(1);
  });

  it("pays for all hosts of a distributed training and half a host of a shared one", () => {
    const environments = { "bare-metal": { rate: 10 } };
    const cells = [
      madeUpCell({ environments }),
      madeUpCell({ environments, scenario: "distributed", hosts: 3 }),
      madeUpCell({ environments, scenario: "shared", hosts: 2 }),
    ];
    const { candidates, chosen } = ask(cells);
    expect(candidates.map(({ hosts }) => hosts)).to.deep.equal([1, 3, 0.5]);
    expect(candidates.map(({ cost }) => Number((cost! / candidates[0]!.cost!).toFixed(9)))).to.deep.equal([1, 3, 0.5]);
    expect(chosen!.scenario).to.equal("shared");
    expect(ask(cells, { scenario: "distributed" }).candidates).to.have.lengthOf(1);
  });

  it("holds every series and metric against what is accepted, and shows the worst", () => {
    const cell = madeUpCell({
      series: ["synthetic", "imagenet"],
      environments: { "bare-metal": { rate: 10 }, vm: { rate: 10, elapsed: [1.4, 1.3, 1.5] } },
      change: ({ comparisons }) => {
        const found = comparisons.find(({ series, metric }) => series === "imagenet" && metric === "throughput")!;
        found.interval!.low = 0.8;
      },
    });
    expect(ask([cell]).candidates[1]).to.deep.include({
      verdict: "cannot tell",
      decided: { series: "imagenet", metric: "throughput" },
    });
    expect(ask([cell], { metrics: ["throughput", "elapsed"] }).candidates[1]).to.deep.include({
      verdict: "does not qualify",
      slowdown: 1.4,
    });
  });

  it("leaves out series that are only played alone, as the control of another", () => {
    const found = { environment: "bare-metal", series: "synthetic", alone: "synthetic-alone", ratio: 0.6 };
    const cell = madeUpCell({
      scenario: "shared",
      series: ["synthetic", "synthetic-alone"],
      environments: { "bare-metal": { rate: 10 }, vm: { rate: 10 } },
      change: (results) => {
        results.comparisons.find(({ series }) => series === "synthetic-alone")!.interval!.low = 0.1;
        results.interference = [found as Interference];
      },
    });
    const { candidates } = ask([cell]);
    expect(candidates.map(({ verdict }) => verdict)).to.deep.equal(["qualifies", "qualifies"]);
    expect(candidates.map(({ besideAlone }) => besideAlone)).to.deep.equal([0.6, null]);
  });

  it("takes the largest batch unless told, and names the others", () => {
    const environments = { "bare-metal": { rate: 10 } };
    const cells = [madeUpCell({ environments, batchSize: 32 }), madeUpCell({ environments, batchSize: 512 })];
    expect(ask(cells)).to.deep.include({ batchSize: 512, otherBatchSizes: [32] });
    expect(ask(cells, { batchSize: 32 })).to.deep.include({ batchSize: 32, otherBatchSizes: [] });
  });

  it("does not choose a baseline that was not measured, nor one that is asked to be faster than itself", () => {
    const cell = madeUpCell({
      environments: { "bare-metal": { rate: 10 } },
      change: ({ environments }) => {
        Object.assign(environments[0]!.series[0]!.throughput, { mean: null, interval: null, reason: "it failed" });
      },
    });
    expect(ask([cell]).candidates[0]).to.include({ verdict: "cannot tell", reason: "it failed" });
    expect(ask([cell]).chosen).to.equal(null);
    expect(ask([single], { slowdown: 0.9 }).chosen).to.equal(null);
  });

  for (const [what, cells, changes, code, hint] of [
    ["another model", [single], { model: "vgg" }, "advice-empty", "training of resnet50, single, batch 32"],
    ["another workload", [single], { workload: "serving" }, "advice-empty", "training of resnet50"],
    [
      "several models",
      [single, madeUpCell({ model: "alexnet", environments: { "bare-metal": { rate: 10 } } })],
      {},
      "advice-model",
      "--model resnet50",
    ],
    ["no slowdown", [single], { slowdown: 0 }, "advice-question", "above 0"],
    ["a price below nothing", [single], { prices: prices({ vm: -1 }) }, "advice-question", "0 or more"],
  ] as const) {
    it(`refuses ${what}, and says what there is`, () => {
      const error = errorOf(() => ask(cells, changes));
      expect(error.code).to.equal(code);
      expect(error.message).to.include(hint);
    });
  }
});
