import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parseRecord } from "../../measure/parse-record.ts";
import { networkLinkSchema } from "../../measure/network.ts";
import { resultsSchema } from "../../measure/results.ts";
import { measurementInputsSchema, networkInputsSchema, sandboxInputsSchema } from "../../provider/inputs.ts";
import { readMachine } from "../../provider/machine.ts";
import { measurementHandler } from "../../provider/measurement.ts";
import { networkHandler } from "../../provider/network.ts";
import { runProcesses } from "../../provider/processes.ts";
import { clearRun, makeRunId } from "../../provider/run.ts";
import { sandboxHandler } from "../../provider/sandbox.ts";
import { whyNot } from "../../stacks/availability.ts";
import { trainingPlan, trainingRoles } from "../../workloads/index.ts";
import { quietOperation } from "../support/operation.ts";
import { skip } from "../support/skip.ts";

const operation = quietOperation([]);

describe("a training over several hosts", function () {
  this.timeout(300_000);
  const runId = makeRunId();
  let directory: string;

  before(function () {
    const reason = whyNot(readMachine(), "bare-metal", { scenario: "distributed" });
    if (reason !== null) {
      skip(this, reason);
    }
    directory = mkdtempSync(path.join(tmpdir(), "group-"));
  });

  after(async () => {
    await clearRun(runId);
    rmSync(directory, { recursive: true, force: true });
  });

  it("has one rate, and the network between its hosts in its record", async () => {
    const network = await networkHandler.create(
      networkInputsSchema.parse({ name: "lan", runId, rateMbitPerSec: 500 }),
      operation,
    );
    const link = networkLinkSchema.parse(network.outputs["link"]);
    const hosts: Record<string, unknown>[] = [];
    for (const [index] of trainingRoles({ scenario: "distributed" }).entries()) {
      const name = `host-${String(index)}`;
      const join = { link, hostName: name, address: `198.18.0.${String(index + 1)}` };
      const own = { name, runId, kind: "process", environment: "bare-metal", cpus: 1, memoryMiB: 2048, network: join };
      const { outputs } = await sandboxHandler.create(sandboxInputsSchema.parse(own), operation);
      const { connection, facts, attachment } = outputs;
      hosts.push({ connection, facts, attachment });
    }
    const plan = trainingPlan({ scenario: "distributed", batchSize: 1, rounds: 1, blocks: 2, warmUpSteps: 0 });
    const [leader, ...companions] = hosts;
    const inputs = measurementInputsSchema.parse({
      name: "distributed",
      runId,
      hosts: [{ environment: "bare-metal", ...leader, companions }],
      baseline: "bare-metal",
      plan: { ...plan, options: { ...plan.options, imageSize: 32 } },
      recordDirectory: directory,
    });
    const { outputs } = await measurementHandler.create(inputs, operation);
    const results = resultsSchema.parse(outputs["results"]);
    expect(results.status).to.equal("complete");

    const [environment] = results.environments;
    expect(environment?.companions?.map(({ role }) => role)).to.deep.equal(["worker-1", "parameter-server"]);
    expect(environment?.network?.map(({ from, to }) => [from, to])).to.deep.equal([
      ["host-1", "host-0"],
      ["host-2", "host-0"],
      ["host-2", "host-1"],
    ]);
    for (const { throughputMbitPerSec, configuredMbitPerSec } of environment?.network ?? []) {
      expect(configuredMbitPerSec).to.equal(500);
      expect(throughputMbitPerSec).to.be.within(300, 500);
    }

    const blocks = parseRecord(readFileSync(results.record.path, "utf8")).flatMap((line) =>
      line.type === "block" ? [line] : [],
    );
    expect(blocks).to.have.lengthOf(2);
    // ResNet-50 has 25.6 million parameters of four bytes, which each worker sends and receives once a step. Frames carry
    // headers, each way's acknowledgements count too, and a link that drops what exceeds its rate sees some twice.
    const bytes = 25_610_152 * 4;
    const most = bytes * 1.5;
    for (const { items, metrics } of blocks) {
      expect(items).to.equal(2);
      expect(metrics["networkSentBytes"]).to.be.within(bytes, most);
      expect(metrics["worker-1.networkReceivedBytes"]).to.be.within(bytes, most);
    }
    expect(runProcesses().filter((found) => found.runId === runId)).to.deep.equal([]);
  });
});
