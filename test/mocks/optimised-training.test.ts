import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { ImageMeasurement } from "../../catalogue/images/schema.ts";
import { LocalSlurm, Run } from "../../components/index.ts";
import { optimisedOutcomeSchema } from "../../measure/optimised.ts";
import { readHpcConfig } from "../../stacks/config.ts";
import { hpc } from "../../stacks/hpc.ts";
import { makeStack } from "../../stacks/index.ts";
import { OptimisedTraining, readRequest } from "../../workloads/index.ts";
import { rejectionOf, errorOf } from "../support/expect-error.ts";
import { fullMachine, TemporaryHomes } from "../support/machine-file.ts";
import { listed, named, run, runId, valueOf } from "./engine.ts";

const file = path.resolve(import.meta.dirname, "../../examples/mnist.json");
const text = readFileSync(file, "utf8");
const request = readRequest(text, "mnist.json");

function measured(compilers: ImageMeasurement["compilers"], value: number): ImageMeasurement {
  return {
    ...{ image: "tensorflow-2.21-wheel-cpu", compilers, workload: "mnist-cnn", target: "local", n: 3 },
    ...{ epochSec: { value, low: value, high: value }, at: "2026-11-22", record: "0".repeat(64) },
  };
}

describe("an optimised training", () => {
  it("is an image, and a job with its record for each configuration, one after the other; two stand in one program", async () => {
    const { value, registered } = await run(() => {
      const own = new Run("run", { project: "underlay", stack: "test" });
      const queue = new LocalSlurm("slurm", { run: own });
      const shared = { run: own, queue, request, data: "/sets/mnist", directory: "/jobs", images: 6000 };
      const second = [measured(["xla", "onednn"], 8), measured(["onednn"], 10)];
      return [
        new OptimisedTraining("one", { ...shared, rounds: 2 }),
        new OptimisedTraining("two", { ...shared, measurements: second, epochs: 4 }),
      ] as const;
    });
    const own = (name: string) => listed(registered).filter((line) => line.endsWith(`OptimisedTraining ${name}`));
    expect(own("one")).to.deep.equal([
      "underlay:index:BatchJob one-plain-1 < underlay:workloads:OptimisedTraining one",
      "underlay:index:BatchJob one-plain-2 < underlay:workloads:OptimisedTraining one",
      "underlay:index:BatchJob one-with-xla-1 < underlay:workloads:OptimisedTraining one",
      "underlay:index:BatchJob one-with-xla-2 < underlay:workloads:OptimisedTraining one",
      "underlay:index:ContainerImage one-tensorflow-2-21-wheel-cpu < underlay:workloads:OptimisedTraining one",
      "underlay:index:EpochTraining one-plain-1-record < underlay:workloads:OptimisedTraining one",
      "underlay:index:EpochTraining one-plain-2-record < underlay:workloads:OptimisedTraining one",
      "underlay:index:EpochTraining one-with-xla-1-record < underlay:workloads:OptimisedTraining one",
      "underlay:index:EpochTraining one-with-xla-2-record < underlay:workloads:OptimisedTraining one",
    ]);
    const job = named(registered, "one-with-xla-2").inputs;
    expect(job).to.include({ runId, system: "slurm", directory: `/jobs/${runId}/one-with-xla-2` });
    expect(job["script"])
      .to.match(/\nimage=\/cache\/images\/1\/tree\n/)
      .and.match(/--compiler'? xla/);
    expect(named(registered, "one-with-xla-2-record").inputs).to.include({
      ...{ jobId: "job of one-with-xla-2", path: `/jobs/${runId}/one-with-xla-2/record.json` },
    });
    // What was measured is not tried again, and what was faster is chosen.
    expect(own("two").filter((line) => line.includes("BatchJob"))).to.deep.equal([
      "underlay:index:BatchJob two-chosen-1 < underlay:workloads:OptimisedTraining two",
      "underlay:index:BatchJob two-plain-1 < underlay:workloads:OptimisedTraining two",
    ]);
    const outcome = optimisedOutcomeSchema.parse(await valueOf(value[1].outcome));
    expect(outcome.compilers).to.deep.equal(["xla", "onednn"]);
    expect(outcome.reasons.join()).to.match(/1\.25 times as fast as plain \(1\.25 to 1\.25\), measured/);
    expect(outcome.trials.map(({ trial, jobId }) => [trial, jobId])).to.deep.equal([
      ["plain", "job of two-plain-1"],
      ["chosen", "job of two-chosen-1"],
    ]);
  });

  it("is refused before anything is made where nothing can be chosen, or nobody knows what to train", async () => {
    const { registered } = await run(() => {
      const own = new Run("run", { project: "underlay", stack: "test" });
      const queue = new LocalSlurm("slurm", { run: own });
      const shared = { run: own, queue, data: "/sets/mnist", directory: "/jobs" };
      for (const [from, to] of [['"none"', '"fpga"'] as const, ['"MNIST"', '"other"'] as const]) {
        const wrong = readRequest(text.replace(from, to), "wrong.json");
        const error = errorOf(() => new OptimisedTraining(to, { ...shared, request: wrong }));
        expect(error.code).to.equal("nothing-to-train");
      }
      return null;
    });
    expect(listed(registered).filter((line) => line.includes("BatchJob"))).to.deep.equal([]);
  });
});

describe("the stack hpc", () => {
  let homes: TemporaryHomes;
  beforeEach(() => {
    homes = new TemporaryHomes();
    homes.writeMachine(fullMachine);
  });
  afterEach(() => {
    homes.restore();
  });

  it("is a Slurm and an optimised training, and exports what came of it", async () => {
    const data = homes.folder("data");
    const config = {
      ...{ "underlay:environment": "hpc", "underlay:request": file, "underlay:data": data },
      ...{ "underlay:epochs": "4", "underlay:images": "6000", "underlay:recordDirectory": "/records" },
    };
    const settings = readHpcConfig(config);
    if (settings === null) expect.fail("not of this stack");
    const { value, registered } = await run(() => hpc(settings));
    expect(listed(registered)).to.include.members([
      "underlay:hpc:LocalSlurm slurm < stack",
      "underlay:index:Run run < stack",
      "underlay:workloads:OptimisedTraining training < stack",
    ]);
    expect(optimisedOutcomeSchema.parse(await valueOf(value.optimised)).choice).to.equal("tensorflow-2.21-wheel-cpu");
    expect(named(registered, "training-plain-1").inputs["directory"]).to.equal(
      `/records/jobs/${runId}/training-plain-1`,
    );
  });

  it("names the keys that are wrong or missing", async () => {
    const config = { "underlay:environment": "hpc", "underlay:request": "/nowhere", "underlay:epochs": "1" };
    const { message } = await rejectionOf(makeStack(config));
    expect(message).to.match(/underlay:request is "\/nowhere", but must be a file with a request/);
    expect(message).to.match(/underlay:epochs is "1", but must be a whole number of at least 2/);
    expect(message).to.match(/underlay:data is "", but/);
  });
});
