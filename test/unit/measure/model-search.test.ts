import { expect } from "chai";
import { modelCatalogue } from "../../../catalogue/models/index.ts";
import { contentSimilarity, domainSimilarity } from "../../../measure/domain-similarity.ts";
import { searchModels } from "../../../measure/model-search.ts";

const fashion = { content: "image/photograph/clothing", colour: "grey", side: 28 } as const;

describe("similarity of domains", () => {
  it("is Wu and Palmer's of the subjects", () => {
    expect(contentSimilarity("image/photograph/face", "image/photograph/face")).to.equal(1);
    expect(contentSimilarity("image/photograph/face", "image/photograph")).to.equal(4 / 5);
    expect(contentSimilarity("image/photograph/face", "image/drawing/digit")).to.equal(1 / 3);
    expect(contentSimilarity("image/photograph", "text/english")).to.equal(0);
  });

  it("is Gower's of what is known of both", () => {
    // Subject 1 of weight 2, other colours, an eighth of the side: 1 − ln 8 ÷ ln 64.
    const coloured = { content: fashion.content, colour: "rgb", side: 224 } as const;
    expect(domainSimilarity(fashion, coloured)).to.be.closeTo((2 * 1 + 0 + 0.5) / 4, 1e-12);
    expect(domainSimilarity(fashion, { ...coloured, colour: null, side: null })).to.equal(1);
    expect(domainSimilarity(fashion, { content: "text/english", colour: null, side: null })).to.equal(0);
  });
});

describe("searching models", () => {
  const models = modelCatalogue();

  it("puts small pictures in grey before large ones in colour, for clothes like those of Fashion-MNIST", () => {
    const found = searchModels(models, { task: "image-classification", domain: fashion, costWeight: 0.3 });
    const ids = found.map(({ model }) => model.id);
    expect(ids.slice(0, 2)).to.deep.equal(["onnx-mnist-12", "onnx-emotion-ferplus"]);
    expect(found.every(({ model }) => model.task === "image-classification")).to.equal(true);
    expect(found.map(({ score }) => score)).to.deep.equal(found.map(({ score }) => score).sort((a, b) => b - a));
  });

  it("ranks by similarity alone at weight 0, and by size alone at 1", () => {
    const bySimilarity = searchModels(models, { domain: fashion, costWeight: 0 });
    expect(bySimilarity[0]?.similarity).to.equal(Math.max(...bySimilarity.map(({ similarity }) => similarity ?? 0)));
    const sizes = searchModels(models, { domain: fashion, costWeight: 1 }).map(({ model }) => model.mebibytes);
    expect(sizes).to.deep.equal([...sizes].sort((a, b) => a - b));
  });

  it("keeps to what is asked for, by the licence of the weights where it is known", () => {
    const small = searchModels(models, { framework: "keras", mostMebibytes: 20, costWeight: 0.3 });
    expect(small.map(({ model }) => model.name).sort()).to.deep.equal(["MobileNet", "MobileNetV2"]);
    expect(small.map(({ similarity }) => similarity)).to.deep.equal([null, null]);
    const free = searchModels(models, { licence: "bsd-3-clause", costWeight: 0.3 });
    expect(free.map(({ model }) => model.id))
      .to.include("torchvision-resnet18")
      .and.not.include("torchvision-vit-h-14");
    const known = searchModels(models, { mostParameters: 2_000_000, costWeight: 0.3 });
    expect(known.every(({ model }) => model.parameters !== null)).to.equal(true);
    expect(searchModels(models, { task: "super-resolution", framework: "keras", costWeight: 0.3 })).to.deep.equal([]);
  });

  it("leaves out models of another kind of data", () => {
    const text = searchModels(models, { domain: { content: "text", colour: null, side: null }, costWeight: 0 });
    expect(new Set(text.map(({ model }) => model.task))).to.deep.equal(
      new Set(["question-answering", "language-modelling"]),
    );
  });
});
