import { expect } from "chai";
import { allowsPython, pythonFor } from "../../../../workloads/index.ts";
import { modelFindings } from "../../../fixtures/model-findings.ts";
import { errorOf } from "../../../support/expect-error.ts";

const asking = (...specifiers: string[]) =>
  modelFindings({
    python: specifiers.map((specifier, index) => ({
      specifier,
      evidence: [{ file: "setup.py", line: index + 1, what: specifier }],
    })),
  });

describe("whether a version of Python is within a bound", () => {
  for (const [specifier, allowed] of [
    [">=3.10", ["3.10", "3.11", "3.13"]],
    [">=3.8,<3.12", ["3.9", "3.10", "3.11"]],
    ["==3.9.*", ["3.9"]],
    ["==3.9.7", ["3.9"]],
    ["3.9", ["3.9"]],
    ["~=3.10", ["3.10", "3.11", "3.13"]],
    ["~=3.10.2", ["3.10"]],
    ["<=3.11", ["3.9", "3.10", "3.11"]],
    [">3.9,!=3.11.*", ["3.10", "3.13"]],
    ["", ["3.9", "3.10", "3.11", "3.13"]],
  ] as const) {
    it(`"${specifier}" allows ${allowed.join(", ")}`, () => {
      const tried = ["3.9", "3.10", "3.11", "3.13"];
      expect(tried.filter((version) => allowsPython(specifier, version))).to.deep.equal(allowed);
    });
  }
});

describe("the version of Python for a source", () => {
  it("is the shared root's where the source allows it, and another one where it does not", () => {
    expect(pythonFor(asking(), undefined)).to.equal("3.11");
    expect(pythonFor(asking(">=3.12"), undefined)).to.equal("3.12");
    expect(pythonFor(asking("<3.11", ">=3.9"), undefined)).to.equal("3.10");
    expect(pythonFor(asking(">=3.9"), "3.13")).to.equal("3.13");
  });

  it("that nothing fits is refused with the places that ask for it", () => {
    const error = errorOf(() => pythonFor(asking(">=3.12", "<3.10"), undefined));
    expect(error.code).to.equal("python-unsupported");
    expect(error.message).to.include(">=3.12 (setup.py:1) and <3.10 (setup.py:2)");
    expect(errorOf(() => pythonFor(asking("<3.12"), "3.12")).message).to.include("Python 3.12: it asks for <3.12");
    expect(errorOf(() => pythonFor(asking(), "three")).code).to.equal("python-invalid");
  });
});
