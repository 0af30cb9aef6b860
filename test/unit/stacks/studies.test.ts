import { expect } from "chai";
import { readConfig } from "../../../stacks/config.ts";
import { studyCells } from "../../../stacks/studies.ts";
import { errorOf } from "../../support/expect-error.ts";

describe("the cells of a study", () => {
  it("are one comparison of every model", () => {
    const ids = studyCells("lin-2018", "quick").map(({ id }) => id);
    expect(ids).to.deep.equal(["single-resnet50", "single-inception-v3", "single-alexnet"]);
  });

  it("are those whose name holds one of the texts", () => {
    const ids = studyCells("lin-2018", "quick", ["alex", "resnet"]).map(({ id }) => id);
    expect(ids).to.deep.equal(["single-resnet50", "single-alexnet"]);
  });

  it("are configurations that the stack reads", () => {
    for (const { config, model } of studyCells("lin-2018", "paper")) {
      const all = Object.fromEntries(Object.entries(config).map(([key, value]) => [`underlay:${key}`, value]));
      expect(readConfig(all)).to.include({ model, profile: "paper", environment: "comparison" });
    }
  });

  for (const [what, name, profile, only, hint] of [
    ["another study", "lin-2017", "quick", [], "Choose one of lin-2018"],
    ["another profile", "lin-2018", "huge", [], "Choose one of quick, paper"],
    ["a text that no cell holds", "lin-2018", "quick", ["vgg"], "single-inception-v3"],
  ] as const) {
    it(`are refused for ${what}, with what there is`, () => {
      expect(errorOf(() => studyCells(name, profile, only)).message).to.include(hint);
    });
  }
});
