import { expect } from "chai";
import { resultsSchema } from "../../measure/results.ts";
import { takeUp } from "../../cli/workspace.ts";
import { randomFrom } from "../../measure/random.ts";
import { readMachine } from "../../provider/machine.ts";
import { runsOnDisk } from "../../provider/run-directory.ts";
import { type HashingStack, openHashingStack, resultsIn } from "../support/hashing-stack.ts";
import { killSoon, ownProcesses, victimNames } from "../support/kills.ts";
import { skip } from "../support/skip.ts";

describe("failures, with the real engine", function () {
  this.timeout(1_500_000);
  let hashing: HashingStack;

  before(async function () {
    if (readMachine().guestKernel === null) {
      skip(this, "no guest kernel boots on this machine");
    }
    hashing = await openHashingStack("failure", { environments: ["bare-metal", "vm"], blocks: 4 });
  });

  after(async () => {
    await hashing.dispose();
  });

  it("keeps what was measured, and names the environment that failed", async () => {
    await hashing.configure({ fault: { kind: "die", block: 2, host: "vm-sandbox" } });
    const error = await hashing.stack.up().then(
      () => null,
      (thrown: unknown) => String(thrown),
    );
    expect(error).to.include("vm");
    const state = (await hashing.stack.exportStack()) as {
      deployment: { resources: { type: string; outputs?: object }[] };
    };
    const { resources } = state.deployment;
    const measured = resources.find(({ type }) => type === "underlay:index:Measurement");
    const results = resultsSchema.parse((measured?.outputs as { results?: unknown } | undefined)?.results);
    expect(results.status).to.equal("partial");
    expect(results.failures).to.have.length(1);
    expect(results.failures[0]).to.include({ environment: "vm", code: "session-died" });
    const whole = results.environments.find(({ environment }) => environment === "bare-metal");
    expect(whole?.series[0]?.throughput.n).to.equal(8);
    await hashing.configure({ fault: {} });
    expect(resultsIn(await hashing.stack.up()).status).to.equal("complete");
    await hashing.stack.destroy();
  });

  it("converges and leaves nothing after kills at ten random moments", async () => {
    const random = randomFrom(20261122);
    for (let round = 0; round < 10; round += 1) {
      const victim = victimNames[round % victimNames.length] ?? "the engine";
      const afterMs = random.below(6000);
      const up = hashing.stack.up().then(
        () => "ended well",
        () => "failed",
      );
      const killed = await killSoon(victim, afterMs);
      const ended = await up;
      await takeUp(hashing.stack);
      const label = `round ${String(round)}: ${victim} ${killed ? "killed" : "not met"} after ${String(afterMs)} ms, up ${ended}`;
      process.stderr.write(`    ${label}\n`);
      const again = await hashing.stack.up({ refresh: true });
      expect(resultsIn(again).status, label).to.equal("complete");
      await hashing.stack.destroy();
      expect(await hashing.leftovers(String(again.outputs["runId"]?.value)), label).to.deep.equal([]);
    }
    expect(runsOnDisk()).to.deep.equal([]);
  });

  it("ends in order when it is interrupted, and leaves nothing", async () => {
    await hashing.configure({ blocks: 100_000 });
    const interrupt = new AbortController();
    const up = hashing.stack.up({
      signal: interrupt.signal,
      onEvent: ({ diagnosticEvent }) => {
        if (diagnosticEvent?.message.includes("block 9 of") === true) {
          interrupt.abort();
        }
      },
    });
    const ended = await up.then(
      () => "ended well",
      () => "failed",
    );
    expect(ended).to.equal("failed");
    expect(ownProcesses().filter(({ command }) => command.includes("main.py"))).to.deep.equal([]);
    await hashing.stack.destroy();
    expect(runsOnDisk()).to.deep.equal([]);
  });
});
