import { expect } from "chai";
import { existsSync } from "node:fs";
import { readRunFile, runDirectory } from "../../../provider/run-directory.ts";
import { freshRunId, fullMachine, TemporaryHomes } from "../../support/machine-file.ts";
import { observedProvider, sandboxInputs, urnOf } from "../../support/provider-inputs.ts";

describe("a run that has an owner and expires", () => {
  let homes: TemporaryHomes;

  before(() => {
    homes = new TemporaryHomes();
  });
  after(() => {
    homes.restore();
  });

  it("keeps its id and its folder when these change, and its folder says them until it is deleted", async () => {
    const { provider } = observedProvider();
    const urn = urnOf("run");
    const plain = { project: "underlay", stack: "dev" };
    const first = { ...plain, owner: "somebody", expires: "2026-12-31" };
    const { id, outs } = (await provider.create(urn, first)) as { id: string; outs: Record<string, unknown> };
    expect(readRunFile(id)).to.include({ ...first, runId: id });
    const second = { ...plain, expires: "2027-01-31T18:00:00Z" };
    const difference = await provider.diff(id, urn, outs, second);
    expect(difference).to.include({ changes: true }).and.have.property("replaces").that.deep.equals([]);
    const updated = await provider.update(id, urn, outs, second);
    expect(updated.outs).to.deep.equal({ ...second, runId: id });
    expect(readRunFile(id)).to.include(second).and.not.have.property("owner");
    const same = await provider.diff(id, urn, updated.outs as Record<string, unknown>, second);
    expect(same).to.include({ changes: false });
    await provider.delete(id, urn, updated.outs as Record<string, unknown>);
    expect(existsSync(runDirectory(id))).to.equal(false);
  });

  it("has no folder made by looking for what it had on this machine", async () => {
    homes.writeMachine(fullMachine);
    const { provider, said } = observedProvider();
    const runId = freshRunId();
    const slurm = { name: "slurm", runId, cpus: 1, memoryMiB: 512 };
    for (const [kind, inputs] of [
      ["sandbox", sandboxInputs(runId)],
      ["slurm", slurm],
    ] as const) {
      const { id } = await provider.read(`${runId}/name`, urnOf(kind), inputs);
      expect(id ?? "").to.equal("");
      expect(existsSync(runDirectory(runId)), kind).to.equal(false);
    }
    expect(said.map(({ message }) => message).join())
      .to.include("is gone")
      .and.include("bare-metal");
  });

  it("is refused when it expires on what is no date", async () => {
    const inputs = { project: "underlay", stack: "dev", expires: "soon" };
    const { failures } = await observedProvider().provider.check(urnOf("run"), {}, inputs);
    expect(failures).to.deep.equal([{ property: "expires", reason: "must be a date, such as 2026-12-31" }]);
  });
});
