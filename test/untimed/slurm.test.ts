import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { batchJobHandler } from "../../provider/batch-job.ts";
import { type BatchJobInputs, batchJobInputsSchema, slurmInputsSchema } from "../../provider/batch/inputs.ts";
import type { JobState } from "../../provider/batch/job-state.ts";
import { connectionSchema } from "../../provider/connection.ts";
import { executeAt } from "../../provider/execute.ts";
import { findLeftovers } from "../../provider/leftovers.ts";
import { readMachine } from "../../provider/machine.ts";
import { PartialFailure, type State } from "../../provider/resource-handler.ts";
import { clearRun, makeRunId } from "../../provider/run.ts";
import { slurmHandler } from "../../provider/slurm.ts";
import { jobScript } from "../../workloads/optimised-training/job-script.ts";
import { readRequest } from "../../workloads/optimised-training/read-request.ts";
import { rejectionOf } from "../support/expect-error.ts";
import { quietOperation } from "../support/operation.ts";
import { skip } from "../support/skip.ts";

/** A script for Slurm as a request makes it. */
function scriptOf(executable: string, words: readonly string[], application: Record<string, unknown> = {}): string {
  const request = {
    job: {
      job_options: { job_name: "live", wall_time_limit: "0:05:00", node_count: 1, standard_output_file: "job-%j.out" },
      target: { name: "local", job_scheduler_type: "slurm" },
      application: { executable, arguments: words, ...application },
    },
  };
  return jobScript(readRequest(JSON.stringify(request), "request")).text;
}

describe("a real Slurm", function () {
  this.timeout(120_000);
  const operation = quietOperation();
  const runId = makeRunId();
  const inputs = slurmInputsSchema.parse({ name: "slurm", runId, cpus: 2, memoryMiB: 512 });
  let directory = "";
  let state: State = {};

  const job = (name: string, script: string, change: Partial<BatchJobInputs> = {}): BatchJobInputs =>
    batchJobInputsSchema.parse({
      name,
      runId,
      connection: state["connection"],
      system: "slurm",
      script,
      directory,
      ...change,
    });
  const ask = (argv: readonly string[]) =>
    executeAt(connectionSchema.parse(state["connection"]), argv, { timeoutSec: 20 });
  const ours = async () =>
    (await findLeftovers(null)).filter((left) => left.runId === runId && left.kind !== "directory");

  before(async function () {
    if (process.getuid?.() !== 0) skip(this, "a Slurm of one's own needs root");
    if (readMachine().slurm === null) skip(this, "there is no Slurm: run `npx underlay setup --with slurm`");
    directory = mkdtempSync(path.join(tmpdir(), "underlay-slurm-test-"));
    state = (await slurmHandler.create(inputs, operation)).outputs;
  });

  after(async () => {
    if (directory === "") return;
    await slurmHandler.delete("", inputs, state, operation);
    await clearRun(runId);
    rmSync(directory, { recursive: true, force: true });
  });

  it("runs a script that a request made, and keeps its state, accounting and last lines", async () => {
    const script = scriptOf("sh", ["-c", "echo value is $WORD; pwd"], { environment: { WORD: "it's $HOME" } });
    const { outputs } = await batchJobHandler.create(job("echo", script), operation);
    const { phase, word, exitCode, accounting, output } = outputs["state"] as JobState;
    expect({ phase, word, exitCode }).to.deep.equal({ phase: "completed", word: "COMPLETED", exitCode: 0 });
    expect(accounting).to.include({ JobName: "live", Partition: "main", TimeLimit: "00:05:00", ExitCode: "0:0" });
    expect(outputs["log"]).to.equal(`value is it's $HOME\n${directory}`);
    expect(output).to.equal(path.join(directory, `job-${String(outputs["jobId"])}.out`));
  });

  it("starts ranks by srun", async () => {
    const script = scriptOf("sh", ["-c", "echo rank $SLURM_PROCID"], { app_type: "mpi", mpi_ranks: 2 });
    const { outputs } = await batchJobHandler.create(job("ranks", script), operation);
    expect(String(outputs["log"]).split("\n").sort()).to.deep.equal(["rank 0", "rank 1"]);
  });

  it("fails an `up` with the status and last lines of a job that failed, and keeps what is known of it", async () => {
    const script = scriptOf("sh", ["-c", "echo cause; exit 7"]);
    let thrown: unknown;
    await batchJobHandler.create(job("fails", script), operation).catch((error: unknown) => (thrown = error));
    expect(thrown).to.be.instanceOf(PartialFailure);
    const { properties, message } = thrown as PartialFailure;
    expect(properties["state"]).to.include({ phase: "failed", exitCode: 7 });
    expect(message).to.match(/^The job \d+ of "fails" failed: FAILED, exit status 7\.\n\s+cause$/);
  });

  it("cancels a queued job on destroy, and a running one", async () => {
    const long = scriptOf("sleep", ["600"]);
    const wide = long.replace("#SBATCH --nodes=1", "#SBATCH --nodes=1\n#SBATCH --ntasks=2");
    const running = job("running", wide, { waitForEnd: false });
    const queued = job("queued", wide, { waitForEnd: false });
    const first = await batchJobHandler.create(running, operation);
    for (let now: State | null = first.outputs; (now?.["state"] as JobState).phase !== "running"; await sleep(200)) {
      now = await batchJobHandler.read(first.id, running, first.outputs, operation);
    }
    const second = await batchJobHandler.create(queued, operation);
    expect((second.outputs["state"] as JobState).phase).to.equal("queued");
    await batchJobHandler.delete(second.id, queued, second.outputs, operation);
    await batchJobHandler.delete(first.id, running, first.outputs, operation);
    expect((await ask(["squeue", "--noheader"])).trim()).to.equal("");
    const after = await batchJobHandler.read(second.id, queued, second.outputs, operation);
    expect((after?.["state"] as JobState).phase).to.equal("cancelled");
  });

  it("cancels what it waits for when the wait is cut short", async () => {
    const controller = new AbortController();
    const cut = { ...operation, signal: controller.signal };
    const waiting = batchJobHandler
      .create(job("cut", scriptOf("sleep", ["600"])), cut)
      .catch((error: unknown) => error);
    while ((await ask(["squeue", "--noheader"])).trim() === "") await sleep(100);
    controller.abort();
    expect(await waiting).to.be.instanceOf(Error);
    expect((await ask(["squeue", "--noheader"])).trim()).to.equal("");
  });

  it("says when a job does not end in time, and cancels it", async () => {
    const slow = job("slow", scriptOf("sleep", ["600"]), { timeoutSec: 1 });
    const error = await rejectionOf(batchJobHandler.create(slow, operation));
    expect(error.code).to.equal("job-timeout");
    expect((await ask(["squeue", "--noheader"])).trim()).to.equal("");
  });

  it("does what a job before left half done only once: what carries its identity is cancelled first", async () => {
    const script = scriptOf("sleep", ["600"]);
    const left = job("left", script, { waitForEnd: false });
    await batchJobHandler.create(left, operation);
    const again = await batchJobHandler.create(left, operation);
    const ids = (await ask(["squeue", "--noheader", "--format=%i"])).trim();
    expect(ids).to.equal(again.outputs["jobId"]);
    await batchJobHandler.delete(again.id, left, again.outputs, operation);
  });

  it("is reached by nobody outside its network namespace", () => {
    const listening = readFileSync("/proc/net/tcp", "utf8");
    expect(listening).to.not.match(/:1AA1 .* 0A /); // Port 6817.
  });

  it("is found by its run's id, and gone with all its jobs when it is deleted", async () => {
    await batchJobHandler.create(job("last", scriptOf("sleep", ["600"]), { waitForEnd: false }), operation);
    const commands = (await ours()).map(({ detail }) => detail).join("\n");
    expect(commands)
      .to.match(/slurmctld/)
      .and.match(/slurmd/)
      .and.match(/munged/);
    expect(await slurmHandler.read("", inputs, state, operation)).to.equal(state);
    await slurmHandler.delete("", inputs, state, operation);
    expect(await ours()).to.deep.equal([]);
    const warnings: string[] = [];
    expect(await slurmHandler.read("", inputs, state, quietOperation(warnings))).to.equal(null);
    expect(warnings).to.have.lengthOf(1);
  });

  it("is removed by reap's own way when its provider was killed", async () => {
    writeFileSync(path.join(directory, "mark"), "");
    const { outputs } = await slurmHandler.create(inputs, operation);
    expect(outputs["connection"]).to.not.equal(undefined);
    const { stuck } = await clearRun(runId);
    expect(stuck).to.deep.equal([]);
    expect(await ours()).to.deep.equal([]);
  });
});
