import { expect } from "chai";
import { missing } from "../../support/machine.mjs";

const finding = { id: "pulumi", title: "Pulumi CLI", status: "missing", detail: "not on PATH" } as const;

describe("missing", () => {
  it("is null for a part that is there", () => {
    const pulumi = { command: "/bin/pulumi", version: "3.220.0", path: [] };
    expect(missing({ findings: [], pulumi }, "pulumi", "pulumi")).to.equal(null);
  });

  it("gives set-up's reason and remedy for a part that is not", () => {
    const machine = { findings: [{ ...finding, remedy: "install go" }], pulumi: null };
    expect(missing(machine, "pulumi", "pulumi")).to.equal("Pulumi CLI: not on PATH (install go)");
  });

  it("gives the reason alone where there is no remedy", () => {
    expect(missing({ findings: [{ ...finding, remedy: null }], pulumi: null }, "pulumi", "pulumi")).to.equal(
      "Pulumi CLI: not on PATH",
    );
  });

  it("says so when set-up never looked", () => {
    expect(missing({ findings: [] }, "root", "root")).to.equal("set-up found no root");
    expect(missing(null, "root", "root")).to.match(/not set up/);
  });
});
