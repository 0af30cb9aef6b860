/** What has become of a job. */
export interface JobState {
  readonly phase: "queued" | "running" | "completed" | "failed" | "cancelled";
  /** The batch system's own word, such as `TIMEOUT`. */
  readonly word: string;
  /** Null until it has ended, or where its batch system does not say. */
  readonly exitCode: number | null;
  /** File of its output; null where it is not told. */
  readonly output: string | null;
  /** What its batch system accounts for, by its own names. */
  readonly accounting: Readonly<Record<string, string>>;
}

/** Whether nothing more comes of it. */
export function hasEnded({ phase }: JobState): boolean {
  return phase !== "queued" && phase !== "running";
}

const slurmRunning = new Set(["RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "STOPPED", "SUSPENDED"]);
const slurmQueued = new Set([
  "PENDING",
  "CONFIGURING",
  "REQUEUED",
  "REQUEUE_HOLD",
  "REQUEUE_FED",
  "SPECIAL_EXIT",
  "RESV_DEL_HOLD",
]);

function slurmPhase(word: string): JobState["phase"] {
  if (slurmRunning.has(word)) return "running";
  if (slurmQueued.has(word)) return "queued";
  if (word === "COMPLETED") return "completed";
  return word === "CANCELLED" ? "cancelled" : "failed";
}

const accounted = [
  ...["JobName", "Partition", "NodeList", "NumNodes", "NumCPUs", "RunTime", "TimeLimit"],
  ...["SubmitTime", "StartTime", "EndTime", "ExitCode", "Reason", "TRES"],
] as const;

/**
 * Reads what `scontrol show job --oneliner` prints of one job.
 *
 * @returns null when it tells of no job
 */
export function readScontrol(printed: string): JobState | null {
  const [line = ""] = printed.split("\n");
  // A value ends where the next name begins: file names may hold blanks.
  const fields = new Map(
    [...line.matchAll(/(?:^| )([A-Z][\w/:]*)=(.*?)(?= [A-Z][\w/:]*=|$)/g)].map(([, key = "", value = ""]) => [
      key,
      value,
    ]),
  );
  const word = fields.get("JobState");
  if (word === undefined) return null;
  const phase = slurmPhase(word);
  const ended = phase !== "queued" && phase !== "running";
  return {
    phase,
    word,
    exitCode: ended ? Number((fields.get("ExitCode") ?? "").split(":")[0]) : null,
    output: fields.get("StdOut") ?? null,
    accounting: Object.fromEntries(accounted.flatMap((key) => (fields.has(key) ? [[key, fields.get(key) ?? ""]] : []))),
  };
}

/** Columns that `sacct` is asked for, in the order in which {@link readSacct} reads them. */
export const sacctFields = [
  ...["JobID", "State", "ExitCode", "Elapsed", "AllocCPUS"],
  ...["MaxRSS", "NodeList", "Start", "End"],
] as const;

/**
 * Reads what `sacct --parsable2 --noheader --units=K` prints of one job: a line of its own and one of each of its steps,
 * which alone say how much memory they had.
 *
 * @returns null when it tells of no job
 */
export function readSacct(printed: string): JobState | null {
  const lines = printed.split("\n").filter((line) => line !== "");
  const rows = lines.map((line) => {
    const values = line.split("|");
    return Object.fromEntries(sacctFields.map((key, index) => [key, values[index] ?? ""]));
  });
  const job = rows.find(({ JobID: id = "" }) => !id.includes("."));
  if (job === undefined) return null;
  const peaks = rows.map(({ MaxRSS: peak = "" }) => Number.parseFloat(peak)).filter(Number.isFinite);
  const { JobID: _id, ...own } = job;
  const accounting = { ...own, MaxRSS: peaks.length === 0 ? "" : `${String(Math.max(...peaks))}K` };
  // `CANCELLED by 0`
  const word = (own["State"] ?? "").split(" ")[0] ?? "";
  const phase = slurmPhase(word);
  const ended = phase !== "queued" && phase !== "running";
  const exitCode = ended ? Number((own["ExitCode"] ?? "").split(":")[0]) : null;
  return { phase, word, exitCode, output: null, accounting };
}

/**
 * Reads what `qstat -f` prints of one job, of Torque and PBS alike.
 *
 * @returns null when it tells of no job
 */
export function readQstat(printed: string): JobState | null {
  // Long values go on in the next line, after a tab.
  const lines = printed.replaceAll(/\n\t/g, "").split("\n");
  const fields = new Map(
    lines.flatMap((line) => {
      const [, key, value] = /^\s+([\w.]+) = (.*)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value] as const];
    }),
  );
  const letter = fields.get("job_state");
  if (letter === undefined) return null;
  const status = fields.get("exit_status") ?? fields.get("Exit_status");
  const exitCode = status === undefined ? null : Number(status);
  const phase = pbsPhase(letter, exitCode);
  const keys = [...fields.keys()].filter((key) => /^resources_used\.|^(?:queue|exec_host|ctime|start_time)$/.test(key));
  return {
    phase,
    word: letter,
    exitCode,
    output: (fields.get("Output_Path") ?? "").replace(/^[^:/]*:/, "") || null,
    accounting: Object.fromEntries(keys.map((key) => [key, fields.get(key) ?? ""])),
  };
}

/** `C` (Torque) and `F` (PBS) have ended, with 271 when they were deleted; `E` is about to. */
function pbsPhase(letter: string, exitCode: number | null): JobState["phase"] {
  if (letter !== "C" && letter !== "F") return letter === "R" || letter === "E" ? "running" : "queued";
  if (exitCode === 0) return "completed";
  return exitCode === null || exitCode === 271 ? "cancelled" : "failed";
}
