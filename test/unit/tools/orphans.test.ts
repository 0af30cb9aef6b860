import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { endOrphans } from "../../../tools/orphans.mjs";
import { ownerVariable } from "../../../tools/run.mjs";

describe("endOrphans", () => {
  it("ends what a set-up of the same cache folder left running, and nothing of another", async () => {
    const left = spawn("sleep", ["60"], { env: { ...process.env, [ownerVariable]: "/cache/mine" } });
    const other = spawn("sleep", ["60"], { env: { ...process.env, [ownerVariable]: "/cache/others" } });
    await Promise.all([once(left, "spawn"), once(other, "spawn")]);
    const ended = once(left, "exit");
    expect(endOrphans("/cache/mine")).to.deep.equal([left.pid]);
    expect(await ended).to.deep.equal([null, "SIGKILL"]);
    expect(other.exitCode).to.equal(null);
    other.kill("SIGKILL");
  });
});
