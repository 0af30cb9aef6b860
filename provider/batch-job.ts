import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { type BatchClient, batchClient, jobFailure } from "./batch/client.ts";
import { type BatchJobInputs, batchJobInputsSchema } from "./batch/inputs.ts";
import { hasEnded, type JobState } from "./batch/job-state.ts";
import { PartialFailure, type Operation, type ResourceHandler, type State } from "./resource-handler.ts";

const cancelTimeoutSec = 60;

/** How long to wait before the next look: short jobs are seen at once, long ones asked for seldom. */
function pauseMs(sinceMs: number): number {
  return Math.min(30_000, Math.max(200, sinceMs / 20));
}

async function cancelAndWait(client: BatchClient, id: string): Promise<JobState | null> {
  const before = await client.state(id);
  if (before === null || hasEnded(before)) return before;
  await client.cancel(id);
  for (const end = Date.now() + cancelTimeoutSec * 1000; Date.now() < end; await sleep(200)) {
    const state = await client.state(id);
    if (state === null || hasEnded(state)) return state;
  }
  throw new UnderlayError(
    "job-stuck",
    `The job ${id} did not end within ${String(cancelTimeoutSec)} s after it was cancelled.`,
  );
}

async function ended(client: BatchClient, id: string, inputs: BatchJobInputs, operation: Operation): Promise<JobState> {
  const start = Date.now();
  for (let shown = ""; ;) {
    operation.signal.throwIfAborted();
    const state = await client.state(id);
    if (state === null)
      throw new UnderlayError("job-unknown", `The job ${id} is not known to its batch system any more.`);
    if (hasEnded(state)) return state;
    if (state.word !== shown) operation.progress.status(`job ${id}: ${state.word}`);
    shown = state.word;
    const since = Date.now() - start;
    if (since > inputs.timeoutSec * 1000) {
      const limit = `timeoutSec is ${String(inputs.timeoutSec)}`;
      throw new UnderlayError("job-timeout", `The job ${id} did not end in time: ${limit}, and it is ${state.word}.`);
    }
    await sleep(pauseMs(since), undefined, { signal: operation.signal });
  }
}

async function outputsOf(client: BatchClient, inputs: BatchJobInputs, jobId: string, state: JobState): Promise<State> {
  return { ...inputs, jobId, state, log: await client.log(state) };
}

/** Waits for the end when that is asked for; what was cut short is cancelled, since nobody would know of it. */
async function followed(
  client: BatchClient,
  id: string,
  inputs: BatchJobInputs,
  operation: Operation,
): Promise<JobState> {
  // What cleans up must not be ended by what made it necessary.
  const cleaning = batchClient(inputs);
  try {
    if (inputs.waitForEnd) return await ended(client, id, inputs, operation);
    const state = await client.state(id);
    if (state === null) throw new UnderlayError("job-unknown", `The job ${id} is not known to its batch system.`);
    return state;
  } catch (thrown) {
    await cancelAndWait(cleaning, id).catch((again: unknown) => {
      operation.progress.warn(`The job ${id} could not be cancelled: ${messageOf(again)}`);
    });
    throw thrown;
  }
}

/** The resource `BatchJob`: a job of a queue, cancelled when it is deleted before it has ended. */
export const batchJobHandler: ResourceHandler<BatchJobInputs> = {
  schema: batchJobInputsSchema,
  updates: ["waitForEnd", "timeoutSec"],
  // A new way to the same cluster is no new job.
  comparable: ({ connection: _connection, ...rest }) => rest,
  create: async (inputs, operation) => {
    const client = batchClient(inputs, operation.signal);
    for (const left of await client.own()) {
      operation.progress.warn(`The job ${left} of an earlier attempt is cancelled.`);
      await cancelAndWait(client, left);
    }
    operation.progress.status("handing the job in");
    const jobId = await client.submit();
    const state = await followed(client, jobId, inputs, operation);
    const outputs = await outputsOf(client, inputs, jobId, state);
    const id = `${inputs.runId}/${inputs.name}`;
    if (state.phase === "failed" || state.phase === "cancelled") {
      const { message } = jobFailure(inputs.name, jobId, state, String(outputs["log"]));
      throw new PartialFailure(id, outputs, [message]);
    }
    return { id, outputs };
  },
  read: async (_id, inputs, known, operation) => {
    const jobId = String(known["jobId"]);
    const client = batchClient(inputs, operation.signal);
    const state = await client.state(jobId);
    // A batch system forgets what has ended, and its accounting does not tell of files; what was seen of it stays.
    if (state === null) return known;
    const seen = known["state"] as JobState | undefined;
    const told = { ...state, output: state.output ?? seen?.output ?? null };
    const outputs = await outputsOf(client, inputs, jobId, told);
    return outputs["log"] === "" ? { ...outputs, log: known["log"] ?? "" } : outputs;
  },
  delete: async (_id, inputs, known, { progress }) => {
    const jobId = String(known["jobId"]);
    const before = known["state"] as JobState | undefined;
    if (before !== undefined && hasEnded(before)) return;
    const state = await cancelAndWait(batchClient(inputs), jobId);
    if (state !== null) progress.info(`job ${jobId}: ${state.word}`);
  },
};
