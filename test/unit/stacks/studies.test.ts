import { expect } from "chai";
import { readConfig, readServingConfig } from "../../../stacks/config.ts";
import { servingStudyCells, studyCells } from "../../../stacks/studies.ts";
import { errorOf } from "../../support/expect-error.ts";

describe("the cells of a study", () => {
  it("are one comparison of every model in every scenario, and AlexNet in small batches where it is alone or shares", () => {
    const ids = studyCells("lin-2018", "paper").map(({ id }) => id);
    expect(ids).to.deep.equal([
      ...["single-resnet50", "single-inception-v3", "single-alexnet", "single-alexnet-batch-32"],
      ...["distributed-resnet50", "distributed-inception-v3", "distributed-alexnet"],
      ...["shared-resnet50", "shared-inception-v3", "shared-alexnet", "shared-alexnet-batch-32"],
    ]);
  });

  it("are alike alone and beside another, which are held against each other", () => {
    for (const profile of ["quick", "paper"]) {
      const cells = studyCells("lin-2018", profile);
      for (const { id, config } of cells.filter(({ scenario }) => scenario === "shared")) {
        const alone = cells.find((cell) => cell.id === id.replace("shared", "single"));
        expect({ ...config, scenario: "single" }).to.deep.equal(alone?.config);
      }
    }
  });

  it("are fewer in a quick study", () => {
    expect(studyCells("lin-2018", "quick").some(({ model }) => model === "inception-v3")).to.equal(false);
  });

  it("are those whose name holds one of the texts", () => {
    const ids = studyCells("lin-2018", "quick", ["alex", "resnet"]).map(({ id }) => id);
    expect(ids).to.deep.equal([
      ...["single-resnet50", "single-alexnet", "single-alexnet-batch-1", "distributed-resnet50", "distributed-alexnet"],
      ...["shared-resnet50", "shared-alexnet", "shared-alexnet-batch-1"],
    ]);
  });

  it("are configurations that the stack reads", () => {
    for (const { config, model, scenario } of studyCells("lin-2018", "paper")) {
      const all = Object.fromEntries(Object.entries(config).map(([key, value]) => [`underlay:${key}`, value]));
      expect(readConfig(all)).to.include({ model, scenario, profile: "paper", environment: "comparison" });
    }
  });

  for (const [what, name, profile, only, hint] of [
    ["another study", "lin-2017", "quick", [], "Choose one of lin-2018"],
    ["another profile", "lin-2018", "huge", [], "Choose one of quick, paper"],
    ["a text that no cell holds", "lin-2018", "quick", ["vgg"], "single-resnet50"],
  ] as const) {
    it(`are refused for ${what}, with what there is`, () => {
      expect(errorOf(() => studyCells(name, profile, only)).message).to.include(hint);
    });
  }
});

describe("the cells of the study of serving", () => {
  it("are three models at the twelve sizes of table 1, by the rules of 2017", () => {
    const cells = servingStudyCells("paper");
    expect(cells).to.have.lengthOf(36);
    expect(cells.map(({ id }) => id)).to.include.members(["squeezenet-1.0-128", "resnet-18-1408", "resnext-50-1536"]);
    expect(new Set(cells.map(({ config }) => config["edition"]))).to.deep.equal(new Set(["2017"]));
  });

  it("are fewer in a quick study, and those whose name holds one of the texts", () => {
    expect(servingStudyCells("quick")).to.have.lengthOf(12);
    expect(servingStudyCells("quick", ["resnext"]).map(({ id }) => id)).to.deep.equal(
      [256, 512, 1024, 1536].map((memory) => `resnext-50-${String(memory)}`),
    );
    expect(errorOf(() => servingStudyCells("quick", ["vgg"]))).to.include({ code: "study-empty" });
    expect(errorOf(() => servingStudyCells("long"))).to.include({ code: "study-unknown" });
  });

  it("are configurations that the stack reads", () => {
    for (const { config } of servingStudyCells("paper")) {
      const all = Object.fromEntries(Object.entries(config).map(([key, value]) => [`underlay:${key}`, value]));
      expect(readServingConfig(all)).to.include({ environment: "serverless", edition: "2017", profile: "paper" });
    }
  });
});
