import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { mnistSet } from "../../cli/mnist-set.ts";
import { openWorkspace } from "../../cli/workspace.ts";
import { type OptimisedOutcome, optimisedOutcomeSchema } from "../../measure/optimised.ts";
import { findLeftovers } from "../../provider/leftovers.ts";
import { readMachine } from "../../provider/machine.ts";
import { putAway } from "../support/put-away.ts";
import { skip } from "../support/skip.ts";

describe("the life of an optimised training, with the real engine", function () {
  this.timeout(600_000);
  let stack: Stack;
  let state = "";
  let outcome: OptimisedOutcome;

  before(async function () {
    const machine = readMachine();
    if (process.getuid?.() !== 0) skip(this, "a Slurm of one's own needs root");
    if (machine.slurm === null) skip(this, "there is no Slurm: run `npx underlay setup --with slurm`");
    const data = await mnistSet();
    state = mkdtempSync(join(tmpdir(), "optimised-stack-"));
    process.env["XDG_STATE_HOME"] = state;
    const config = {
      ...{ "underlay:environment": "hpc", "underlay:data": data, "underlay:recordDirectory": join(state, "records") },
      ...{ "underlay:request": fileURLToPath(new URL("../../examples/mnist.json", import.meta.url)) },
      ...{ "underlay:images": "1280", "underlay:epochs": "4" },
    };
    const program = fileURLToPath(new URL("../../program.mjs", import.meta.url));
    stack = await openWorkspace({ name: "optimised", program, config, machine });
  });

  after(async () => {
    if (state !== "") await putAway(stack, state);
  });

  it("trains in the chosen image through the queue, and exports the records of its jobs", async () => {
    const { outputs } = await stack.up();
    outcome = optimisedOutcomeSchema.parse(outputs["optimised"]?.value);
    expect(outcome).to.include({ workload: "mnist-cnn", target: "local", choice: "tensorflow-2.21-wheel-cpu" });
    expect(
      outcome.trials.map(({ trial, training }) => [trial, training.compiler, training.epochs.length]),
    ).to.deep.equal([
      ["plain", "none", 4],
      ["with-xla", "xla", 4],
    ]);
    for (const { stored, jobId, training } of outcome.trials) {
      expect(jobId).to.match(/^\d+$/);
      expect(JSON.parse(readFileSync(stored.path, "utf8"))).to.deep.include({ finished: true });
      expect(training.epochs.at(-1)?.accuracy).to.be.above(training.epochs[0]?.accuracy ?? 1);
    }
    expect(existsSync(join(outcome.images[0]?.directory ?? "", "opt/underlay"))).to.equal(true);
  });

  it("changes nothing in a second up", async () => {
    const up = await stack.up();
    expect(up.summary.resourceChanges).to.have.all.keys("same");
  });

  it("leaves nothing but records and images on destroy", async () => {
    const said: string[] = [];
    await stack.destroy({ onEvent: ({ diagnosticEvent }) => said.push(diagnosticEvent?.message ?? "") });
    const runId = /nothing carries the run id (\w+)/.exec(said.join(""))?.[1];
    expect(runId).to.match(/^r\w{9}$/);
    expect((await findLeftovers(readMachine())).filter((left) => left.runId === runId)).to.deep.equal([]);
    expect(outcome.trials.every(({ stored }) => existsSync(stored.path))).to.equal(true);
  });
});
