import { expect } from "chai";
import { packagesIn } from "../../../../tools/steps/slurm.mjs";

describe("the step that gets Slurm", () => {
  it("takes what an installation would bring, with its versions, and nothing that is there", () => {
    const simulated = [
      "NOTE: This is only a simulation!",
      "Inst libmunge2 (0.5.15-2+deb12u1 Debian:12.12/oldstable [amd64])",
      "Inst slurmd [22.05.8-4] (22.05.8-4+deb12u3 Debian:12.12/oldstable [amd64])",
      "Conf libmunge2 (0.5.15-2+deb12u1 Debian:12.12/oldstable [amd64])",
    ].join("\n");
    expect(packagesIn(simulated)).to.deep.equal(["libmunge2=0.5.15-2+deb12u1", "slurmd=22.05.8-4+deb12u3"]);
  });

  it("takes nothing where all is there", () => {
    expect(packagesIn("0 upgraded, 0 newly installed, 0 to remove.")).to.deep.equal([]);
  });
});
