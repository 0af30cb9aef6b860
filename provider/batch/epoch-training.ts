import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { z } from "zod";
import { epochRecordSchema } from "../../measure/epochs.ts";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import { connectionSchema } from "../connection.ts";
import { executeAt, identityVariables } from "../execute.ts";
import type { ResourceHandler } from "../resource-handler.ts";

/** Inputs of what a job left behind. */
export const epochTrainingInputsSchema = z.strictObject({
  name: z.string(),
  runId: z.string(),
  connection: connectionSchema,
  /** The job that wrote it: another job's record is another one. */
  jobId: z.string(),
  /** File that the job wrote, where its batch system's commands are. */
  path: z.string().refine(isAbsolute, "must be an absolute path"),
  /** Folder for the record on the machine at hand. */
  recordDirectory: z.string().min(1),
});

type EpochTrainingInputs = z.infer<typeof epochTrainingInputsSchema>;

/** The resource `EpochTraining`: the record that a job wrote, fetched, checked and kept. */
export const epochTrainingHandler: ResourceHandler<EpochTrainingInputs> = {
  schema: epochTrainingInputsSchema,
  updates: ["recordDirectory"],
  // A new way to the same cluster brings the same record.
  comparable: ({ connection: _connection, ...rest }) => rest,
  create: async (inputs, { signal }) => {
    const { name, runId, connection, jobId, path, recordDirectory } = inputs;
    const env = identityVariables(runId, name);
    const text = await executeAt(connection, ["cat", "--", path], { timeoutSec: 60, signal, env });
    const parsed = parse(text);
    if (!parsed.success) {
      throw new UnderlayError("record-invalid", `The job ${jobId} left no whole record in ${path}: ${parsed.why}.`);
    }
    const folder = resolve(recordDirectory);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}-${runId}.json`);
    writeFileSync(file, text);
    const sha256 = createHash("sha256").update(text).digest("hex");
    return {
      id: `${runId}/${name}`,
      outputs: { ...inputs, training: parsed.record, stored: { path: file, sha256 } },
    };
  },
  read: (_id, _inputs, state) => Promise.resolve(state),
  // A record outlives what it was made by.
  delete: () => Promise.resolve(),
};

type Parsed =
  | { readonly success: true; readonly record: z.infer<typeof epochRecordSchema> }
  | { readonly success: false; readonly why: string };

function parse(text: string): Parsed {
  try {
    return { success: true, record: epochRecordSchema.parse(JSON.parse(text)) };
  } catch (thrown) {
    return { success: false, why: thrown instanceof z.ZodError ? z.prettifyError(thrown) : messageOf(thrown) };
  }
}
