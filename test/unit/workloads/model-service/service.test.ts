import { expect } from "chai";
import type { ModelFindings } from "../../../../workloads/index.ts";
import {
  batchingOf,
  choose,
  describe as described,
  mustBeServable,
  sampleOf,
  type ServiceChoice,
  servingRequirements,
} from "../../../../workloads/model-service/service.ts";
import { modelFindings } from "../../../fixtures/model-findings.ts";
import { errorOf } from "../../../support/expect-error.ts";

type Artefact = ModelFindings["artefacts"][number];

const artefact = (path: string, format: string, more: Partial<Artefact> = {}): Artefact => ({
  ...{ path, format, bytes: 10, framework: "onnxruntime", versions: {}, executes: [] },
  ...more,
});
const entry = (file: string, name = "predict") => ({
  file,
  line: 3,
  name,
  parameters: ["x"],
  files: [file, "words.py"],
});
const unwished = { entry: null, trust: false };

describe("what answers the requests of a service", () => {
  it("is a function that predicts before a model, and what is asked for before both", () => {
    const findings = modelFindings({
      entries: [entry("src/predict.py"), entry("src/predict.py", "infer")],
      artefacts: [artefact("model.onnx", "onnx")],
    });
    expect(choose(findings, unwished)).to.deep.equal({
      entry: { kind: "function", module: "src.predict", function: "predict", parameters: ["x"] },
      modules: ["src/predict.py", "words.py"],
    });
    expect(choose(findings, { entry: "src.predict:infer", trust: false }).entry).to.include({ function: "infer" });
    const model = { kind: "model", format: "onnx", path: "model.onnx" };
    expect(choose(findings, { entry: "model.onnx", trust: false })).to.deep.equal({ entry: model, modules: [] });
    const said = { ...findings, service: { make: null, entry: "model.onnx", sample: null } };
    expect(choose(said, unwished).entry).to.deep.equal(model);
  });

  it("is refused where nothing, several, or only something that would run a program could answer", () => {
    const code = (parts: Partial<ModelFindings>, wish: string | null = null): string =>
      errorOf(() => choose(modelFindings(parts), { entry: wish, trust: false })).code;
    expect(code({})).to.equal("entry-missing");
    expect(code({ entries: [entry("a.py")] }, "b:predict")).to.equal("entry-missing");
    expect(code({ entries: [entry("a.py"), entry("b.py")] })).to.equal("entry-ambiguous");
    expect(code({ artefacts: [artefact("a.onnx", "onnx"), artefact("b.onnx", "onnx")] })).to.equal("entry-ambiguous");
    expect(code({ entries: [entry("my model.py")] })).to.equal("entry-unimportable");
    expect(code({ artefacts: [artefact("a.gguf", "gguf")] })).to.equal("format-unserved");
    expect(code({ artefacts: [artefact("a.pkl", "pickle")] })).to.equal("pickle-untrusted");
    const pickled = modelFindings({ artefacts: [artefact("a.pkl", "pickle")] });
    expect(choose(pickled, { entry: null, trust: true }).entry).to.include({ format: "pickle" });
  });

  it("is refused where what it loads is not there, or must be trusted", () => {
    const load = { path: "m.pkl", there: true, file: "a.py", line: 5 };
    const choice: ServiceChoice = {
      entry: { kind: "function", module: "a", function: "predict", parameters: [] },
      modules: ["a.py"],
    };
    const code = (parts: Partial<ModelFindings>): string =>
      errorOf(() => {
        mustBeServable(modelFindings(parts), choice, false);
      }).code;
    expect(code({ loads: [{ ...load, there: false }] })).to.equal("model-missing");
    expect(code({ loads: [load], artefacts: [artefact("m.pkl", "pickle")] })).to.equal("pickle-untrusted");
    expect(code({ artefacts: [artefact("z.pkl", "pickle", { executes: ["posix.system"] })] })).to.equal(
      "pickle-executes",
    );
    mustBeServable(modelFindings({ loads: [{ ...load, there: false, file: "train.py" }] }), choice, false);
    mustBeServable(modelFindings({ loads: [load], artefacts: [artefact("m.pkl", "pickle")] }), choice, true);
  });

  const args = {
    name: "m",
    version: "0123456789ab",
    trust: false,
    batching: batchingOf({ batching: true }),
    entry: null,
  };

  it("predicts requests together where that was asked for, by the sizes that were said, and says where it cannot", () => {
    expect(batchingOf({})).to.equal(null);
    expect(batchingOf({ batching: false })).to.equal(null);
    expect(batchingOf({ batchInputs: 64 })).to.deep.equal({ most: 64, waitMs: 2 });
    expect(batchingOf({ batching: true, batchWaitMs: 0 })).to.deep.equal({ most: 16, waitMs: 0 });
    const inputs = [{ name: "x", type: "float", shape: [1, 3] }];
    const fixed = modelFindings({
      artefacts: [artefact("m.onnx", "onnx")],
      signatures: [{ framework: "onnx", file: "m.onnx", line: 0, inputs, outputs: [] }],
    });
    const refused = (findings: ModelFindings, choice: ServiceChoice) =>
      errorOf(() => described(findings, choice, args));
    const one = refused(fixed, choose(fixed, unwished));
    expect(one.code).to.equal("batching-impossible");
    expect(one.message).to.match(/^Requests cannot be predicted together: the input x takes 1 at a time\./);
    const own: ServiceChoice = { entry: { kind: "function", module: "a", function: "f", parameters: [] }, modules: [] };
    expect(refused(modelFindings({}), own).message).to.include("a:f takes one input at a time");
    expect(described(fixed, choose(fixed, unwished), { ...args, batching: null }).batching).to.equal(null);
  });

  it("has a first request of zeros where the model says its shape, and none where it does not", () => {
    const signature = (inputs: ModelFindings["signatures"][number]["inputs"]) =>
      modelFindings({
        artefacts: [artefact("m.onnx", "onnx")],
        signatures: [{ framework: "onnx", file: "m.onnx", line: 0, inputs, outputs: [] }],
      });
    const tensor = (name: string, shape: (number | null)[] | null) => ({ name, type: "float", shape });
    const of = (findings: ModelFindings) => described(findings, choose(findings, unwished), args);
    const one = of(signature([tensor("x", [null, 2, null])]));
    expect(one).to.deep.include({ batching: { most: 16, waitMs: 2 } });
    expect(one.inputs[0]?.type).to.equal("float32");
    expect(sampleOf(one)).to.equal('{"instances":[[[0],[0]]]}');
    const two = of(signature([tensor("a", [null, 1]), tensor("b", [null])]));
    expect(sampleOf(two)).to.equal('{"instances":[{"a":[0],"b":0}]}');
    expect(sampleOf(of(signature([tensor("x", null)])))).to.equal(null);
    expect(sampleOf(of(signature([tensor("x", [null, 5000, 5000])])))).to.equal(null);
    expect(servingRequirements(one, "server")).to.include.members(["onnxruntime", "gunicorn>=23"]);
    expect(servingRequirements(one, "function")).to.deep.equal(["numpy", "pillow", "onnxruntime", "numpy<2"]);
  });
});
