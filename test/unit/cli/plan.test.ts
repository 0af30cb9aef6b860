import { expect } from "chai";
import { planIn, verdictsIn } from "../../../cli/plan.ts";

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

  it("is the same whichever letters at random providers end names with, and differs by all others", () => {
    const named = (name: string, image: string): string => {
      const urn = "urn:pulumi:s::p::openstack:compute/instance:Instance::vm";
      const state = { urn, type: "openstack:compute/instance:Instance", custom: true, inputs: { name, image } };
      return JSON.stringify({ steps: [{ op: "create", urn, newState: state }] });
    };
    const [one, other] = [named("vm-21a5caf", "root-1234567"), named("vm-6360f3f", "root-1234567")];
    expect(planIn(one, "/a")).to.deep.equal(planIn(other, "/a"));
    expect(planIn(one, "/a").after[0]?.props).to.deep.equal({ name: "vm-*", image: "root-1234567" });
  });
});

describe("verdictsIn", () => {
  it("tells what policies refuse from what they only say, each once", () => {
    const event = (policyName: string, message: string, enforcementLevel: string): string =>
      JSON.stringify({ sequence: 1, policyEvent: { policyName, message, enforcementLevel, color: "never" } });
    const refused = event("network-not-open", "What must hold.\nrule lets the world in. Admit fewer.\n", "mandatory");
    const undecided = event(
      "stack-budget",
      "can't run policy 'stack-budget' from policy pack 'underlay@v0.1.0' during preview: string value at .a.b can't be known during preview\n",
      "advisory",
    );
    const log = [refused, '{"diagnosticEvent":{"message":"x"}}', undecided, refused, "", "cut o"].join("\n");
    expect(verdictsIn(log)).to.deep.equal({
      refusals: ["network-not-open: rule lets the world in. Admit fewer."],
      notes: ["stack-budget decides in the update: .a.b is not known before."],
    });
    expect(verdictsIn("")).to.deep.equal({ refusals: [], notes: [] });
  });
});
