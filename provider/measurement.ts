import { readFileSync } from "node:fs";
import { z } from "zod";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { resultsOf } from "../measure/comparison.ts";
import { recordSchemaVersion, type RunLine } from "../measure/record.ts";
import { resultsSchema } from "../measure/results.ts";
import { type MeasurementInputs, measurementInputsSchema, measurementStateSchema } from "./inputs.ts";
import { findLeftovers, removeLeftovers } from "./leftovers.ts";
import { Player } from "./play.ts";
import { programDigest } from "./program.ts";
import { digestOfFile, RecordFile } from "./record-file.ts";
import { removeProgram, shippedPrograms } from "./shipped-programs.ts";
import { type Operation, PartialFailure, type ResourceHandler, type State } from "./resource-handler.ts";

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")));

/**
 * Begins the record of a measurement.
 *
 * @param inputs of the measurement
 * @param queued whether its programs follow a fixed plan in a queue
 */
export function beginRecord(
  inputs: Omit<MeasurementInputs, "hosts">,
  queued: Pick<RunLine, "queued"> = {},
): RecordFile {
  const at = new Date().toISOString();
  const stamp = at.replaceAll(/[-:]|\.\d+/g, "");
  const record = new RecordFile(inputs.recordDirectory, `${inputs.runId}-${inputs.name}-${stamp}`);
  const { plan, baseline } = inputs;
  record.append({
    type: "run",
    schemaVersion: recordSchemaVersion,
    runId: inputs.runId,
    at,
    underlay: version,
    workload: plan.workload,
    options: plan.options,
    programDigest: inputs.programDigest ?? programDigest(plan.directory),
    profile: plan.profile,
    baseline,
    schedule: plan.schedule,
    ...queued,
  });
  for (const { environment, reason } of inputs.skipped) {
    record.append({ type: "skipped", environment, reason });
  }
  return record;
}

function outputs(inputs: MeasurementInputs, record: RecordFile): State {
  const sha256 = digestOfFile(record.path) ?? "";
  return { ...inputs, results: resultsOf(record.lines, { path: record.path, sha256 }) };
}

/** Ends what an earlier try at the same measurement left running. */
async function endEarlierSessions({ runId, name }: MeasurementInputs): Promise<void> {
  const own = (await findLeftovers(null)).filter((leftover) => leftover.runId === runId && leftover.owner === name);
  await removeLeftovers(own, null);
}

/** Takes the programs of a measurement from hosts that stay; where that fails, the run's deletion tries again. */
async function takeBackPrograms({ runId, name }: MeasurementInputs, { progress }: Operation): Promise<void> {
  const own = shippedPrograms([runId]).filter(({ owner }) => owner === name);
  const tried = own.map((shipped) =>
    removeProgram(shipped).catch((thrown: unknown) => {
      progress.warn(`The program stays at ${shipped.name} until the run is deleted: ${messageOf(thrown)}`);
    }),
  );
  await Promise.all(tried);
}

async function measure(inputs: MeasurementInputs, operation: Operation): Promise<RecordFile> {
  const { signal, progress } = operation;
  const record = beginRecord(inputs);
  const player = new Player(inputs, record, progress, signal);
  try {
    await player.prepare();
    await player.play();
  } catch (thrown) {
    record.append({ type: "end", at: new Date().toISOString(), status: "cancelled" });
    throw new UnderlayError(
      "measurement-cancelled",
      `The measurement was cancelled. What it had measured is in ${record.path}.`,
      messageOf(thrown),
    );
  } finally {
    await takeBackPrograms(inputs, operation);
  }
  const status = player.failed.size > 0 ? "partial" : "complete";
  record.append({ type: "end", at: new Date().toISOString(), status });
  return record;
}

/** What a host is, whatever the way to it. */
function sameHost({ environment, facts, companions }: MeasurementInputs["hosts"][number]): unknown {
  return { environment, facts, companions: companions.map((each) => each.facts) };
}

/** The resource `Measurement`. */
export const measurementHandler: ResourceHandler<MeasurementInputs> = {
  schema: measurementInputsSchema,
  stateSchema: measurementStateSchema,
  updates: ["recordDirectory"],
  complete: (inputs) => ({ ...inputs, programDigest: programDigest(inputs.plan.directory) }),
  // A new way to the same host, the same program in another folder, or another reason for what cannot be had, is the
  // same measurement.
  comparable: ({ hosts, plan, skipped: _skipped, ...rest }) => {
    const { directory: _directory, answerTimeoutSec: _timeout, ...same } = plan;
    return { ...rest, plan: same, hosts: hosts.map(sameHost) };
  },
  broken: (state) => {
    const results = resultsSchema.safeParse(state["results"]);
    if (!results.success || results.data.status !== "complete") {
      return "the measurement is not complete";
    }
    const { path, sha256 } = results.data.record;
    return digestOfFile(path) === sha256 ? null : `its record was changed or removed: ${path}`;
  },
  create: async (inputs, operation) => {
    await endEarlierSessions(inputs);
    const record = await measure(inputs, operation);
    const state = outputs(inputs, record);
    const id = `${inputs.runId}/${inputs.name}`;
    const failures = record.lines.flatMap((line) =>
      line.type === "failure" ? [`${line.environment}: ${line.message}`] : [],
    );
    if (failures.length > 0) {
      throw new PartialFailure(id, state, failures);
    }
    return { id, outputs: state };
  },
  update: (_id, inputs, state) => Promise.resolve({ ...inputs, results: state["results"] }),
  read: (_id, _inputs, state, { progress }) => {
    const results = resultsSchema.safeParse(state["results"]);
    const path = results.success ? results.data.record.path : "";
    const digest = results.success ? digestOfFile(path) : null;
    if (digest === null) {
      progress.warn(`The record is gone: ${path}. The next \`pulumi up\` measures again.`);
      return Promise.resolve(null);
    }
    if (results.success && digest !== results.data.record.sha256) {
      progress.warn(`The record was changed after it was written: ${path}. The next \`pulumi up\` measures again.`);
      return Promise.resolve({ ...state, recordIntact: false });
    }
    return Promise.resolve(state);
  },
  // The record is the user's: it outlives the infrastructure it was measured on.
  delete: () => Promise.resolve(),
};
