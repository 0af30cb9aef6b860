import { expect } from "chai";
import { destroyed } from "../../../cli/job.ts";
import { ProgressLines } from "../../../cli/progress-lines.ts";
import { captured } from "../../support/captured.ts";

describe("the tearing down of a job", () => {
  it("is no end of the command when it fails: it says why, and that something stays", async () => {
    let gone = true;
    const said = await captured("stderr", async () => {
      gone = await destroyed({ destroy: () => Promise.reject(new Error("the lock is held")) }, new ProgressLines());
    });
    expect(gone).to.equal(false);
    expect(said).to.include("the lock is held");
  });
});
