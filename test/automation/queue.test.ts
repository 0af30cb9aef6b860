import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { openWorkspace } from "../../cli/workspace.ts";
import { findLeftovers } from "../../provider/leftovers.ts";
import { readMachine } from "../../provider/machine.ts";
import { putAway } from "../support/put-away.ts";
import { skip } from "../support/skip.ts";

describe("the life of a queue and its jobs, with the real engine", function () {
  this.timeout(240_000);
  let stack: Stack;
  let state = "";
  let runId = "";

  before(async function () {
    const machine = readMachine();
    if (process.getuid?.() !== 0) skip(this, "a Slurm of one's own needs root");
    if (machine.slurm === null) skip(this, "there is no Slurm: run `npx underlay setup --with slurm`");
    state = mkdtempSync(join(tmpdir(), "queue-stack-"));
    process.env["XDG_STATE_HOME"] = state;
    const program = fileURLToPath(new URL("./queue-program/program.mjs", import.meta.url));
    stack = await openWorkspace({ name: "queue", program, config: { "test:directory": state }, machine });
  });

  after(async () => {
    if (state !== "") await putAway(stack, state);
  });

  it("waits for the end of one job, and leaves the others in the queue", async () => {
    const { outputs } = await stack.up();
    runId = String(outputs["runId"]?.value);
    const [first, running, queued] = outputs["states"]?.value as string[];
    expect(first).to.equal("completed");
    expect(["queued", "running"]).to.include(running);
    expect(queued).to.equal("queued");
    expect(outputs["log"]?.value).to.equal("done");
  });

  it("changes nothing in a second up", async () => {
    const up = await stack.up();
    expect(up.summary.resourceChanges).to.have.all.keys("same");
  });

  it("cancels the jobs on destroy, and leaves nothing", async () => {
    const said: string[] = [];
    await stack.destroy({ onEvent: ({ diagnosticEvent }) => said.push(diagnosticEvent?.message ?? "") });
    expect(said.join("").match(/job \d+: CANCELLED/g)).to.have.lengthOf(2);
    expect(said.join("")).to.include(`nothing carries the run id ${runId}`);
    expect((await findLeftovers(readMachine())).filter((left) => left.runId === runId)).to.deep.equal([]);
  });
});
