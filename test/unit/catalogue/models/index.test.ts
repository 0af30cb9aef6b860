import { expect } from "chai";
import { catalogueModel, knownDataSets, modelCatalogue } from "../../../../catalogue/models/index.ts";
import { errorOf } from "../../../support/expect-error.ts";

describe("the catalogue of models", () => {
  it("has each id once, and a dated source with an address on every entry", () => {
    const models = modelCatalogue();
    const ids = models.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(new Set(models.map(({ framework }) => framework))).to.deep.equal(
      new Set(["keras", "pytorch", "onnxruntime"]),
    );
    const today = new Date().toISOString().slice(0, 10);
    for (const { source, data } of models) {
      for (const { url, asOf } of [source, data.source]) {
        expect(url).to.match(/^https:\/\//);
        expect(asOf <= today).to.equal(true);
      }
    }
    const sets = knownDataSets().map(({ id }) => id);
    expect(new Set(sets).size).to.equal(sets.length);
    expect(sets).to.include("fashion-mnist");
  });

  it("has models as their sources tell of them", () => {
    expect(catalogueModel("keras-mobilenetv2")).to.deep.include({
      task: "image-classification",
      parameters: 3_538_984,
      mebibytes: 14,
      input: { shape: [224, 224, 3] },
      licence: { code: "Apache-2.0", weights: null },
    });
    const largest = catalogueModel("torchvision-vit-h-14");
    expect(largest.licence.weights).to.equal("CC-BY-NC-4.0");
    expect(catalogueModel("onnx-mnist-12").data).to.include({ id: "mnist", colour: "grey", side: 28 });
    expect(errorOf(() => catalogueModel("vgg"))).to.include({ code: "model-unknown" });
  });

  it("has sizes that go with the parameters: 4 bytes each, where nothing was quantised", () => {
    // GoogLeNet's file has its auxiliary classifiers, which are not counted.
    const counted = modelCatalogue().filter(({ name }) => name !== "googlenet");
    const odd = counted.filter(({ parameters, mebibytes }) => {
      const ratio = parameters === null ? 1 : (mebibytes * 2 ** 20) / (4 * parameters);
      return ratio < 0.95 || ratio > 1.5;
    });
    expect(odd.map(({ id }) => id)).to.deep.equal([]);
  });
});
