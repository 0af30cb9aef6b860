import { expect } from "chai";
import { appendFileSync, existsSync } from "node:fs";
import type { Results } from "../../measure/results.ts";
import { localEnvironments } from "../../stacks/config.ts";
import { whyNot } from "../../stacks/availability.ts";
import { readMachine } from "../../provider/machine.ts";
import { type HashingStack, openHashingStack, resultsIn } from "../support/hashing-stack.ts";

describe("the life of a stack, with the real engine", function () {
  this.timeout(240_000);
  const environments = localEnvironments.filter((environment) => whyNot(readMachine(), environment) === null);
  let hashing: HashingStack;
  let runId = "";
  let results: Results;

  before(async () => {
    hashing = await openHashingStack("lifecycle", { environments });
  });

  after(async () => {
    await hashing.dispose();
  });

  it("measures every environment that this machine can have", async () => {
    const up = await hashing.stack.up();
    results = resultsIn(up);
    runId = String(up.outputs["runId"]?.value);
    expect(results.status).to.equal("complete");
    expect(results.environments.map(({ environment }) => environment)).to.have.members(environments);
    expect(results.comparisons.filter(({ metric }) => metric === "throughput")).to.have.length(environments.length - 1);
    expect(new Set(results.environments.map(({ facts }) => facts.rootDigest)).size).to.equal(1);
    expect(existsSync(results.record.path)).to.equal(true);
  });

  it("tells environments apart by their facts", () => {
    const facts = new Map(results.environments.map((entry) => [entry.environment, entry.facts]));
    if (facts.has("vm")) {
      expect(facts.get("vm")?.kernelRelease).to.not.equal(facts.get("bare-metal")?.kernelRelease);
    }
    for (const [environment, { imageDigest }] of facts) {
      const isContainer = environment.startsWith("container");
      expect(imageDigest === null, environment).to.equal(!isContainer);
    }
  });

  it("changes nothing in a second up", async () => {
    const up = await hashing.stack.up();
    expect(up.summary.resourceChanges).to.have.all.keys("same");
  });

  it("changes nothing in a refresh", async () => {
    const refresh = await hashing.stack.refresh();
    expect(refresh.summary.resourceChanges).to.have.all.keys("same");
  });

  it("notices a record that was changed, and measures again", async () => {
    appendFileSync(results.record.path, "\n");
    const up = await hashing.stack.up({ refresh: true });
    expect(resultsIn(up).record.path).to.not.equal(results.record.path);
    expect(up.summary.resourceChanges).to.include({ replace: 1 });
  });

  it("leaves nothing after destroy, and its audit says so", async () => {
    const said: string[] = [];
    await hashing.stack.destroy({ onEvent: ({ diagnosticEvent }) => said.push(diagnosticEvent?.message ?? "") });
    expect(said.join("")).to.include(`nothing carries the run id ${runId}`);
    expect(await hashing.leftovers(runId)).to.deep.equal([]);
  });
});
