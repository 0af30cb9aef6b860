import { rmSync } from "node:fs";
import { resultsOf } from "../../measure/comparison.ts";
import { UnderlayError } from "../../measure/error.ts";
import { parseSeen } from "../facts.ts";
import { beginRecord, measurementHandler } from "../measurement.ts";
import { programDigest } from "../program.ts";
import { digestOfFile, type RecordFile } from "../record-file.ts";
import { type Operation, PartialFailure, type ResourceHandler } from "../resource-handler.ts";
import { sandboxPath } from "../run-directory.ts";
import { awaitPod } from "./await-pod.ts";
import { fixedCommands, readQueuedLog, recordOfLog } from "./fixed-plan.ts";
import { type QueuedInputs, queuedInputsSchema, queuedStateSchema } from "./inputs.ts";
import { kubectl, writeKubeconfig } from "./kubectl.ts";
import { factsOfPod, mustHold } from "./pod-access.ts";

/** Longest time to fetch the log of a pod, in seconds. */
const logTimeoutSec = 300;

/** Waits for the queue, and turns what the pod's log says into a record. */
async function measure(inputs: QueuedInputs, { signal, progress }: Operation): Promise<RecordFile> {
  const { environment, container, plan, timeoutSec } = inputs;
  const pod = await awaitPod({ ...inputs, readyTimeoutSec: timeoutSec }, signal, progress, "ended");
  const words = ["logs", pod.metadata.name, "--container", container, "--timestamps"];
  const log = readQueuedLog(await kubectl(inputs, words, { signal, timeoutSec: logTimeoutSec }));
  if (log.facts === null) {
    throw new UnderlayError(
      "queued-log-empty",
      `The pod ${pod.metadata.name} ended before its first program did: its log tells of nothing.`,
      "See `kubectl describe pod` and `kubectl logs`.",
    );
  }
  const seen = parseSeen(log.facts);
  mustHold(inputs, seen);
  const record = beginRecord({ ...inputs, baseline: environment, skipped: [], plan }, { queued: true });
  record.append({ type: "environment", environment, facts: factsOfPod(inputs, pod, seen) });
  const lines = recordOfLog(environment, fixedCommands(plan, environment), log);
  lines.forEach((line) => record.append(line));
  const failed = lines.some(({ type }) => type === "failure");
  record.append({ type: "end", at: new Date().toISOString(), status: failed ? "partial" : "complete" });
  return record;
}

/** The resource `QueuedMeasurement`. */
export const queuedMeasurementHandler: ResourceHandler<QueuedInputs> = {
  schema: queuedInputsSchema,
  stateSchema: queuedStateSchema,
  updates: ["recordDirectory", "kubeconfig", "context", "graceSec", "timeoutSec"],
  complete: (inputs) => ({ ...inputs, programDigest: programDigest(inputs.plan.directory) }),
  comparable: ({ plan, ...rest }) => {
    const { directory: _directory, answerTimeoutSec: _timeout, ...same } = plan;
    return { ...rest, plan: same };
  },
  broken: (state) => measurementHandler.broken?.(state) ?? null,
  create: async (inputs, operation) => {
    writeKubeconfig(inputs);
    const record = await measure(inputs, operation);
    const sha256 = digestOfFile(record.path) ?? "";
    const id = `${inputs.runId}/${inputs.name}`;
    const state = { ...inputs, results: resultsOf(record.lines, { path: record.path, sha256 }) };
    const failures = record.lines.flatMap((line) =>
      line.type === "failure" ? [`${line.environment}: ${line.message}`] : [],
    );
    if (failures.length > 0) {
      throw new PartialFailure(id, state, failures);
    }
    return { id, outputs: state };
  },
  update: (_id, inputs, state) => {
    writeKubeconfig(inputs);
    return Promise.resolve({ ...inputs, results: state["results"] });
  },
  // Whether the record is there, not whether the pod is: that one has done its work.
  read: (id, inputs, state, operation) => measurementHandler.read(id, inputs as never, state, operation),
  delete: (_id, inputs) => {
    rmSync(sandboxPath(inputs.runId, inputs.name), { recursive: true, force: true });
    return Promise.resolve();
  },
};
