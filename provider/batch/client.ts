import { messageOf, UnderlayError } from "../../measure/error.ts";
import { executeAt, identityVariables } from "../execute.ts";
import { sharedName } from "../leftovers.ts";
import type { BatchJobInputs } from "./inputs.ts";
import { type JobState, readQstat, readSacct, readScontrol, sacctFields } from "./job-state.ts";

/** Hands jobs to a batch system, and asks for them. */
export interface BatchClient {
  /** Hands the job in; gives its id. */
  submit(): Promise<string>;
  /** What has become of a job; null when its batch system knows it no more. */
  state(id: string): Promise<JobState | null>;
  cancel(id: string): Promise<void>;
  /** Jobs of this identity that have not ended, by id: those of an `up` that was killed. */
  own(): Promise<string[]>;
  /** The last lines of its output; empty when there are none. */
  log(state: JobState): Promise<string>;
}

/** Runs commands on a cluster that carry the job's identity. */
function commands(inputs: BatchJobInputs, signal?: AbortSignal) {
  const env = identityVariables(inputs.runId, inputs.name);
  return (argv: readonly string[], input = ""): Promise<string> =>
    executeAt(inputs.connection, argv, { timeoutSec: 60, env, signal, input });
}

type Run = ReturnType<typeof commands>;

/** A command that is called in a folder, made if it is not there: batch systems take it for the job's own. */
function from(directory: string, argv: readonly string[]): string[] {
  return ["sh", "-c", 'mkdir -p -- "$0" && cd -- "$0" && exec "$@"', directory, ...argv];
}

async function lastLines(run: Run, { output }: JobState): Promise<string> {
  if (output === null) return "";
  try {
    return await run(["tail", "-n", "20", "--", output]);
  } catch {
    return ""; // It has written nothing, or where this host does not see it.
  }
}

/** What fails because the job is not known is no error: null. */
async function unlessUnknown(work: () => Promise<JobState | null>, unknown: RegExp): Promise<JobState | null> {
  try {
    return await work();
  } catch (thrown) {
    if (unknown.test(messageOf(thrown))) return null;
    throw thrown;
  }
}

function slurmClient(inputs: BatchJobInputs, run: Run): BatchClient {
  const identity = sharedName(inputs.runId, inputs.name);
  const unknown = /Invalid job id|accounting storage is disabled/i;
  const sacct = ["sacct", "--parsable2", "--noheader", "--units=K", `--format=${sacctFields.join(",")}`];
  return {
    submit: async () => {
      const argv = ["sbatch", "--parsable", `--comment=${identity}`];
      return (await run(from(inputs.directory, argv), inputs.script)).trim().split(";")[0] ?? "";
    },
    state: async (id) =>
      (await unlessUnknown(
        async () => readScontrol(await run(["scontrol", "--oneliner", "show", "job", id])),
        unknown,
      )) ?? unlessUnknown(async () => readSacct(await run([...sacct, "--jobs", id])), unknown),
    cancel: async (id) => {
      await run(["scancel", id]);
    },
    own: async () => {
      const listed = await run(["squeue", "--noheader", "--format=%i %k"]);
      return listed.split("\n").flatMap((line) => {
        const [id = "", comment] = line.trim().split(" ");
        return comment === identity ? [id] : [];
      });
    },
    log: (state) => lastLines(run, state),
  };
}

/** Torque and PBS have the same commands; PBS tells of what ended only when it is asked with `-x`. */
function pbsClient(inputs: BatchJobInputs, run: Run): BatchClient {
  const ended = inputs.system === "pbs" ? ["-x"] : [];
  return {
    submit: async () => (await run(from(inputs.directory, ["qsub"]), inputs.script)).trim(),
    state: (id) => unlessUnknown(async () => readQstat(await run(["qstat", ...ended, "-f", id])), /Unknown Job/i),
    cancel: async (id) => {
      await run(["qdel", id]);
    },
    own: () => Promise.resolve([]),
    log: (state) => lastLines(run, state),
  };
}

/**
 * A client for the batch system of a job.
 *
 * @param inputs of the job
 * @param signal ends what it does early
 */
export function batchClient(inputs: BatchJobInputs, signal?: AbortSignal): BatchClient {
  const run = commands(inputs, signal);
  return inputs.system === "slurm" ? slurmClient(inputs, run) : pbsClient(inputs, run);
}

/** The error of a job that ended in another way than it should. */
export function jobFailure(name: string, id: string, { word, exitCode, phase }: JobState, log: string): UnderlayError {
  const status = exitCode === null ? "" : `, exit status ${String(exitCode)}`;
  return new UnderlayError(
    "job-failed",
    `The job ${id} of "${name}" ${phase}: ${word}${status}.`,
    log === "" ? null : log,
  );
}
