import { expect } from "chai";
import { requirementsOf } from "../../../../workloads/index.ts";
import { distribution, modelFindings } from "../../../fixtures/model-findings.ts";
import { errorOf } from "../../../support/expect-error.ts";

const cpu = { accelerator: "cpu" } as const;

describe("what a source asks an index for", () => {
  it("is what may run, by its declared requirements where it has any", () => {
    const findings = modelFindings({
      distributions: [
        distribution("numpy", { certainty: "declared", requirements: ["numpy<2", "numpy>=1.24"] }),
        distribution("flask", { need: "lazy" }),
        distribution("pytest", { need: "tests" }),
        distribution("ujson", { need: "optional" }),
        distribution("pandas", { need: "types" }),
        distribution("psutil", { need: "conditional" }),
      ],
    });
    expect(requirementsOf(findings, cpu).lines).to.deep.equal(["numpy<2", "numpy>=1.24", "flask", "psutil"]);
  });

  it("is for the processor or for CUDA, unless the source says which", () => {
    const findings = modelFindings({
      distributions: [distribution("tensorflow"), distribution("onnxruntime"), distribution("xgboost")],
      constraints: [{ requirement: "tensorflow>=2.15.0", because: "it wrote it", file: "model" }],
    });
    const { lines, notes } = requirementsOf(findings, cpu);
    expect(lines).to.deep.equal(["tensorflow-cpu", "onnxruntime", "xgboost-cpu", "tensorflow-cpu>=2.15.0"]);
    expect(notes[0]).to.equal("tensorflow-cpu in place of tensorflow: for the processor alone");
    expect(requirementsOf(findings, { accelerator: "cuda" }).lines).to.deep.equal([
      ...["tensorflow[and-cuda]", "onnxruntime-gpu[cuda,cudnn]", "xgboost", "tensorflow[and-cuda]>=2.15.0"],
    ]);
    const declared = modelFindings({
      distributions: [
        distribution("tensorflow-cpu", { certainty: "declared", requirements: ["tensorflow-cpu==2.16.1"] }),
      ],
      constraints: [{ requirement: "tensorflow>=2.15.0", because: "it wrote it", file: "model" }],
    });
    expect(requirementsOf(declared, cpu).lines).to.deep.equal(["tensorflow-cpu==2.16.1", "tensorflow-cpu>=2.15.0"]);
  });

  it("says which distribution is nothing but a guess", () => {
    const { notes } = requirementsOf(
      modelFindings({ distributions: [distribution("mystery", { certainty: "assumed" })] }),
      cpu,
    );
    expect(notes).to.deep.equal([
      "mystery is taken from the name of the import at main.py:1: check that it is the distribution you mean",
    ]);
  });

  it("refuses what no index has, and a source that needs nothing", () => {
    const address = distribution("x", { certainty: "declared", requirements: ["x @ git+https://example.org/x"] });
    expect(errorOf(() => requirementsOf(modelFindings({ distributions: [address] }), cpu)).code).to.equal(
      "requirement-elsewhere",
    );
    expect(errorOf(() => requirementsOf(modelFindings({}), cpu)).code).to.equal("nothing-needed");
  });
});
