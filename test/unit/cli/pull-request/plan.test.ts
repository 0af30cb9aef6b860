import { expect } from "chai";
import { planIn } from "../../../../cli/pull-request/plan.ts";

/** What `pulumi preview --json` prints of a measurement whose program lies in a project. */
const printed = (root: string): string => {
  const state = { urn: "urn::measurement", type: "underlay:index:Measurement", custom: true };
  const inputs = { directory: `${root}/workloads/training/run` };
  return JSON.stringify({ steps: [{ op: "create", urn: state.urn, newState: { ...state, inputs } }] });
};

describe("planIn", () => {
  it("is the same wherever the project lies, however its folder is written", () => {
    const [head, base] = [planIn(printed("/work/head"), "/work/head/"), planIn(printed("/tmp/a/base"), "/tmp/a/base")];
    expect(head).to.deep.equal(base);
    expect(head.after[0]?.props).to.deep.equal({ directory: "PROJECT/workloads/training/run" });
  });
});
