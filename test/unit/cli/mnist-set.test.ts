import { expect } from "chai";
import { makeMnistSet, mnistPlace } from "../../../cli/mnist-set.ts";
import { rejectionOf } from "../../support/expect-error.ts";
import { fullMachine } from "../../support/machine-file.ts";

describe("underlay data-set mnist", () => {
  it("keeps a set under the name of all that decides its bytes", () => {
    const places = [
      mnistPlace(fullMachine, 1),
      mnistPlace(fullMachine, 2),
      mnistPlace({ ...fullMachine, root: { ...fullMachine.root!, digest: "sha256:other" } }, 1),
    ];
    expect(new Set(places).size).to.equal(3);
    expect(mnistPlace(fullMachine, 1)).to.equal(places[0]);
  });

  it("refuses a seed that is none", async () => {
    for (const seed of ["-1", "1.5", "2147483648"]) {
      expect((await rejectionOf(makeMnistSet({ seed }))).code).to.equal("option-invalid");
    }
  });
});
