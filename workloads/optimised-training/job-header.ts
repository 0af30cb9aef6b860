import { UnderlayError } from "../../measure/error.ts";
import type { ApplicationRequest, JobOptions, SchedulerName } from "./dsl.ts";
import { mailFlags } from "./mail.ts";

/** The lines at the top of a job script that its scheduler reads. */
export interface JobHeader {
  readonly lines: readonly string[];
  /** What was asked for and is done otherwise, for people. */
  readonly notes: readonly string[];
}

type Directive = readonly [option: string, value: string | number | undefined];

/** Those that have a value, as lines. */
function directives(prefix: string, options: readonly Directive[]): string[] {
  return options.flatMap(([option, value]) =>
    value === undefined || String(value).trim() === "" ? [] : [`${prefix} ${option}${String(value).trim()}`],
  );
}

const flagged = (flag: boolean | undefined): string | undefined => (flag === true ? "yes" : undefined);

/** Processes that the job may start at once; undefined when it does not say how many nodes it has. */
function places({ node_count: nodes, process_count_per_node: perNode }: JobOptions): number | undefined {
  return nodes === undefined ? undefined : nodes * (perNode ?? 1);
}

/** Whether more ranks are started than the job asks places for. */
export function isOversubscribed(options: JobOptions, application: ApplicationRequest): boolean {
  const room = places(options);
  return room !== undefined && (application.mpi_ranks ?? 1) > Math.max(room, options.core_count ?? 0);
}

/** An amount of memory in the unit letters of a scheduler: `10 MB` is `10M` to Slurm and `10mb` to PBS. */
function memory(amount: string | undefined, scheduler: "slurm" | "pbs"): string | undefined {
  const [, number, unit] = /^(\d+) ?([KMGT]?)B?$/i.exec(amount ?? "") ?? [];
  if (number === undefined || unit === undefined) return undefined;
  // Without a unit, both count in megabytes, as Slurm does.
  return scheduler === "slurm"
    ? `${number}${unit.toUpperCase()}`
    : `${number}${(unit === "" ? "m" : unit).toLowerCase()}b`;
}

function mailNotes(asked: string, dropped: readonly string[], scheduler: SchedulerName): string[] {
  return dropped.length === 0
    ? []
    : [`request_event_notification is "${asked}"; ${scheduler} has no mail for ${dropped.join(", ")}.`];
}

/** Variables that Slurm hands on; undefined for its own default. */
function exported({ copy_environment: all, copy_environment_variable: some = "" }: JobOptions): string | undefined {
  return some === "" ? (all === true ? "ALL" : undefined) : some;
}

function slurmHeader(options: JobOptions, application: ApplicationRequest): JobHeader {
  const asked = options.request_event_notification ?? "";
  const mail = mailFlags(asked, "slurm");
  const ranks = application.mpi_ranks ?? 1;
  const tasks = isOversubscribed(options, application) ? options.core_count : Math.max(options.core_count ?? 0, ranks);
  const lines = directives("#SBATCH", [
    ["--job-name=", options.job_name],
    ["--account=", options.account],
    ["--partition=", options.queue],
    ["--qos=", options.qos],
    ["--time=", options.wall_time_limit],
    ["--nodes=", options.node_count],
    ["--ntasks=", tasks === 1 ? undefined : tasks],
    ["--ntasks-per-node=", options.process_count_per_node],
    ["--cpus-per-task=", options.core_count_per_process],
    ["--mem=", memory(options.memory_limit, "slurm")],
    ["--mem-per-cpu=", memory(options.minimum_memory_per_processor, "slurm")],
    ["--gres=gpu:", options.request_gpus],
    ["--nodelist=", options.request_specific_nodes],
    ["--constraint=", options.architecture_constraint],
    ["--array=", options.job_array],
    ["--output=", options.standard_output_file],
    ["--error=", options.combine_stdout_stderr === false ? options.standard_error_file : undefined],
    ["--export=", exported(options)],
    ["--dependency=", options.job_dependency],
    ["--mail-type=", mail.flags ?? undefined],
    ["--mail-user=", mail.flags === null ? undefined : options.email_address],
    ["--begin=", options.defer_job],
  ]);
  return {
    lines: [...lines, ...(options.node_exclusive === true ? ["#SBATCH --exclusive"] : [])],
    notes: mailNotes(asked, mail.dropped, "slurm"),
  };
}

/** `2026-11-23T06:00` as `qsub -a` wants it: 202611230600. */
function pbsTime(time: string | undefined): string | undefined {
  const [minutes, seconds] = [time?.slice(0, 16).replace(/[-T:]/g, ""), time?.slice(17)];
  return seconds === undefined || seconds === "" ? minutes : `${minutes ?? ""}.${seconds}`;
}

/** What both dialects of PBS write alike. */
function pbsDirectives(options: JobOptions, scheduler: "torque" | "pbs"): { lines: string[]; notes: string[] } {
  const asked = options.request_event_notification ?? "";
  const mail = mailFlags(asked, scheduler);
  const depend = (options.job_dependency ?? "").trim();
  const separate = options.combine_stdout_stderr === false;
  const lines = directives("#PBS", [
    ["-S ", "/bin/bash"],
    ["-N ", options.job_name],
    ["-A ", options.account],
    ["-q ", options.queue],
    ["-l walltime=", options.wall_time_limit],
    ["-o ", options.standard_output_file],
    ["-e ", separate ? options.standard_error_file : undefined],
    ["-j ", separate ? undefined : "oe"],
    ["-v ", options.copy_environment_variable],
    ["-W depend=", depend],
    ["-m ", mail.flags ?? undefined],
    ["-M ", mail.flags === null ? undefined : options.email_address],
    ["-a ", pbsTime(options.defer_job)],
  ]);
  return {
    lines: [...lines, ...(options.copy_environment === true ? ["#PBS -V"] : [])],
    notes: mailNotes(asked, mail.dropped, scheduler),
  };
}

function torqueNodes(options: JobOptions): string | undefined {
  const { node_count: count, process_count_per_node: processes, request_gpus: gpus } = options;
  const named = (options.request_specific_nodes ?? "").split(",").filter((name) => name !== "");
  if (count === undefined && named.length === 0 && gpus === undefined) return undefined;
  const suffix = `${processes === undefined ? "" : `:ppn=${String(processes)}`}${gpus === undefined ? "" : `:gpus=${String(gpus)}`}`;
  if (named.length > 1) return named.map((name) => `${name}${suffix}`).join("+");
  // One word is a property that nodes have, or the name of one node.
  return `${String(count ?? 1)}${suffix}${named.map((name) => `:${name}`).join("")}`;
}

function torqueHeader(options: JobOptions): JobHeader {
  const { lines, notes } = pbsDirectives(options, "torque");
  const nodes = torqueNodes(options);
  const own = directives("#PBS", [
    ["-l nodes=", nodes],
    ["-l procs=", nodes === undefined ? options.core_count : undefined],
    ["-l mem=", memory(options.memory_limit, "pbs")],
    ["-l pmem=", memory(options.minimum_memory_per_processor, "pbs")],
    ["-l feature=", options.architecture_constraint],
    ["-l qos=", options.qos],
    ["-t ", options.job_array],
    ["-l naccesspolicy=", flagged(options.node_exclusive) === undefined ? undefined : "singlejob"],
  ]);
  return { lines: [...lines, ...own], notes };
}

/** PBS Professional has one range with an optional step, where the others have lists. */
function pbsArray(array: string | undefined): string | undefined {
  if (array === undefined) return undefined;
  const indices = array.split(",").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  });
  const first = Math.min(...indices);
  const last = Math.max(...indices);
  if (new Set(indices).size !== last - first + 1 || first === last) {
    throw new UnderlayError(
      "array-unsupported",
      `job.job_options.job_array is "${array}", but PBS Professional has arrays of one range only, of two jobs or more.`,
      "Give one range such as 1-8.",
    );
  }
  return `${String(first)}-${String(last)}`;
}

function pbsHeader(options: JobOptions, application: ApplicationRequest): JobHeader {
  const { lines, notes } = pbsDirectives(options, "pbs");
  const processes = options.process_count_per_node ?? 1;
  const perProcess = options.core_count_per_process ?? application.threads ?? 1;
  const part = (key: string, value: string | number | undefined): string =>
    value === undefined || value === "" ? "" : `:${key}=${String(value)}`;
  const chunk = [
    `${String(options.node_count ?? 1)}:ncpus=${String(processes * perProcess)}`,
    part("mpiprocs", processes),
    part("ompthreads", application.threads),
    part("ngpus", options.request_gpus),
    part("mem", memory(options.memory_limit, "pbs")),
    part("host", options.request_specific_nodes),
    part("arch", options.architecture_constraint),
  ].join("");
  const own = directives("#PBS", [
    ["-l select=", chunk],
    ["-l place=", flagged(options.node_exclusive) === undefined ? "scatter" : "scatter:excl"],
    ["-l pmem=", memory(options.minimum_memory_per_processor, "pbs")],
    ["-J ", pbsArray(options.job_array)],
  ]);
  const qos = (options.qos ?? "") === "" ? [] : ["qos is left out: PBS Professional has none."];
  return { lines: [...lines, ...own], notes: [...notes, ...qos] };
}

/**
 * The header of a job script, in the words of its scheduler.
 *
 * @param options what is asked of the queueing system
 * @param application how many processes and threads it starts
 * @param scheduler whose header; plain bash has none
 * @throws UnderlayError `mail-invalid` or `array-unsupported`
 */
export function jobHeader(options: JobOptions, application: ApplicationRequest, scheduler: SchedulerName): JobHeader {
  switch (scheduler) {
    case "slurm":
      return slurmHeader(options, application);
    case "torque":
      return torqueHeader(options);
    case "pbs":
      return pbsHeader(options, application);
    case "bash":
      return { lines: [], notes: [] };
  }
}
