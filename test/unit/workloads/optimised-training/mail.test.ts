import { expect } from "chai";
import { mailFlags } from "../../../../workloads/optimised-training/mail.ts";
import { errorOf } from "../../../support/expect-error.ts";

describe("mailFlags", () => {
  for (const [asked, slurm, torque, pbs] of [
    ["abe", "BEGIN,END,FAIL,INVALID_DEPEND,TIME_LIMIT", "abe", "abe"],
    ["e", "END", "e", "e"],
    ["f", "FAIL", "f", "e"],
    ["n", "FAIL", "n", "n"],
    ["p", "NONE", "p", "n"],
    ["ALL", "ALL", "abef", "abe"],
    ["BEGIN,END", "BEGIN,END", "be", "be"],
    ["END,FAIL", "END,FAIL", "aef", "ae"],
    ["NONE", "NONE", "p", "n"],
    ["TIME_LIMIT", "TIME_LIMIT", "a", "a"],
  ] as const) {
    it(`says ${asked} in the words of each scheduler`, () => {
      expect(mailFlags(asked, "slurm").flags).to.equal(slurm);
      expect(mailFlags(asked, "torque").flags).to.equal(torque);
      expect(mailFlags(asked, "pbs").flags).to.equal(pbs);
    });
  }

  it("names what PBS has no mail for, and writes no line when nothing is left", () => {
    expect(mailFlags("END,REQUEUE", "torque")).to.deep.equal({ flags: "e", dropped: ["REQUEUE"] });
    expect(mailFlags("STAGE_OUT", "pbs")).to.deep.equal({ flags: null, dropped: ["STAGE_OUT"] });
  });

  it("asks for nothing when nothing was asked for, nor of plain bash", () => {
    expect(mailFlags("", "slurm")).to.deep.equal({ flags: null, dropped: [] });
    expect(mailFlags("abe", "bash")).to.deep.equal({ flags: null, dropped: ["abe"] });
  });

  for (const asked of ["events", "abx", "NONE,END", "an", "begin"]) {
    it(`refuses "${asked}"`, () => {
      const error = errorOf(() => mailFlags(asked, "slurm"));
      expect(error.code).to.equal("mail-invalid");
      expect(error.message).to.include(`is "${asked}"`);
    });
  }
});
