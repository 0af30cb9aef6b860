import { UnderlayError } from "../../measure/error.ts";
import { quote } from "../../provider/connection.ts";
import { plainWords, renderCommand, splitCommand, type Word } from "./command-words.ts";
import { containerLines, enterImage, type JobContainer } from "./container-entry.ts";
import type { ApplicationRequest, JobOptions, OptimisationRequest, SchedulerName } from "./dsl.ts";
import { isOversubscribed, jobHeader } from "./job-header.ts";

/** A job as a script. */
export interface JobScript {
  readonly scheduler: SchedulerName;
  /** Bash, whose header the scheduler reads. */
  readonly text: string;
  /** What was asked for and is done otherwise, for people. */
  readonly notes: readonly string[];
}

/** What the script is made of beside the request. */
export interface JobScriptArgs {
  /** Reference of the image to run in. @default the request's own `container_runtime` */
  readonly image?: string | undefined;
  /** An image that was built, which the job runs in instead. @default `image` */
  readonly container?: JobContainer | undefined;
  /** Variables on top of the request's own, which come last. @default none */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

const applicationPath = "job.application";

function commandsOf(text: string | readonly string[] | undefined, place: string): Word[][] {
  const whole = typeof text === "string" ? text.replaceAll("\\\n", " ").split("\n") : (text ?? []);
  return whole.map((line) => splitCommand(line, place)).filter((words) => words.length > 0);
}

function argumentsOf(application: ApplicationRequest): Word[] {
  const { arguments: given } = application;
  if (given === undefined) return [];
  return typeof given === "string" ? splitCommand(given, `${applicationPath}.arguments`) : plainWords(given);
}

/** Where each scheduler says that the job was handed in. */
const submitFolders: Readonly<Record<SchedulerName, string>> = {
  slurm: 'cd "${SLURM_SUBMIT_DIR:-${PWD}}"',
  torque: 'cd "${PBS_O_WORKDIR:-${PWD}}"',
  pbs: 'cd "${PBS_O_WORKDIR:-${PWD}}"',
  bash: "",
};

/** Name of an image's file, as Singularity names what it pulls; a file stays what it is. */
function imageFile(reference: string): string {
  const isFile = reference.endsWith(".sif");
  if (isFile && reference.includes("/")) return quote(reference);
  const last = (reference.split("/").at(-1) ?? reference).replaceAll(":", "_");
  return `"\${SINGULARITY_DIR:-\${PWD}}"/${quote(isFile ? last : `${last}.sif`)}`;
}

/** Where an image is pulled from: without a scheme it is one of Docker's. */
function imageSource(reference: string): string {
  return /^[a-z]+:\/\//.test(reference) ? reference : `docker://${reference.replace(/^docker:/, "")}`;
}

/** Lines that find what runs an image, and the image; a job that has neither says so and ends. */
function imageLines(image: string): string[] {
  const missing = image.endsWith(".sif")
    ? `"the image \${image} is not there"`
    : `"the image \${image} is not there; where there is internet: \${engine} pull \${image} "${quote(imageSource(image))}`;
  return [
    'engine="$(command -v apptainer || command -v singularity || true)"',
    `image=${imageFile(image)}`,
    'if [[ -z "${engine}" ]]; then',
    "  printf '%s\\n' 'neither apptainer nor singularity is on PATH' >&2",
    "  exit 69",
    "fi",
    'if [[ ! -e "${image}" ]]; then',
    `  printf '%s\\n' ${missing} >&2`,
    "  exit 66",
    "fi",
  ];
}

function buildLines({ build }: ApplicationRequest, inside: string): string[] {
  if (build === undefined) return [];
  const { src, build_parallelism: jobs = 1 } = build;
  const git = /^(?:git|ssh):/.test(src) || src.endsWith(".git");
  const fetch = git
    ? `git clone -- ${quote(src)}`
    : `curl --fail --silent --show-error --location --remote-name -- ${quote(src)}`;
  const command = build.build_command.replaceAll("{{BUILD_PARALLELISM}}", String(jobs));
  const commands = commandsOf(command, `${applicationPath}.build.build_command`);
  return [fetch, ...commands.map((words) => `${inside}${renderCommand(words)}`)];
}

/** What starts the processes of an application: the scheduler's own launcher, MPI's, or nothing. */
function launcher(request: OptimisationRequest, scheduler: SchedulerName): string {
  const { job_options: options, application } = request.job;
  if (application.app_type !== "mpi" && application.app_type !== "hpc") return "";
  const ranks = String(application.mpi_ranks ?? 1);
  if (scheduler !== "slurm") return `mpirun -np ${ranks} `;
  const perTask = options.core_count_per_process;
  return [
    `srun --ntasks=${ranks} `,
    perTask === undefined ? "" : `--cpus-per-task=${String(perTask)} `,
    isOversubscribed(options, application) ? "--overcommit " : "",
  ].join("");
}

function environmentLines(application: ApplicationRequest, own: Readonly<Record<string, string>>): string[] {
  const parallel = application.app_type === "mpi" || application.app_type === "hpc";
  const threads = application.threads ?? (parallel ? 1 : undefined);
  const variables = {
    ...(threads === undefined ? {} : { OMP_NUM_THREADS: String(threads) }),
    ...own,
    ...application.environment,
  };
  return Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
}

function executableOf(application: ApplicationRequest, image: string): Word[] {
  const executable = splitCommand(application.executable ?? "", `${applicationPath}.executable`);
  if (executable.length === 0 && image === "") {
    throw new UnderlayError(
      "nothing-to-run",
      "job.application has neither an executable nor an image to run.",
      "Give executable, or container_runtime.",
    );
  }
  return [...executable, ...argumentsOf(application)];
}

/** What a command begins with to run in the image; `--nv` brings the accelerators' driver along. */
function containerPrefix(verb: "run" | "exec", options: JobOptions): string {
  return `"\${engine}" ${verb} ${options.request_gpus === undefined ? "" : "--nv "}"\${image}" `;
}

function linesOf(image: string, container: JobContainer | undefined, options: JobOptions): string[] {
  if (container !== undefined) return containerLines(container, options.request_gpus !== undefined);
  return image === "" ? [] : imageLines(image);
}

/** What a request says that the job cannot hold to. */
function placeNotes({ job_options: options, application }: OptimisationRequest["job"]): string[] {
  return isOversubscribed(options, application)
    ? [`mpi_ranks is ${String(application.mpi_ranks)}, more than the job asks places for: ranks will share cores.`]
    : [];
}

/** Sections of the script that have something in them, each under its heading. */
function sections(parts: readonly (readonly [heading: string, lines: readonly string[]])[]): string {
  return parts
    .filter(([, lines]) => lines.some((line) => line !== ""))
    .map(([heading, lines]) => `\n# ${heading}\n${lines.join("\n")}\n`)
    .join("");
}

/**
 * The script of a job, for the scheduler of its target.
 *
 * @param request what was asked for
 * @param args what the script is made of beside it
 * @throws UnderlayError `command-invalid`, `mail-invalid`, `array-unsupported` or `nothing-to-run`
 */
export function jobScript(request: OptimisationRequest, args: JobScriptArgs = {}): JobScript {
  const { job_options: options, application, target } = request.job;
  const scheduler = target?.job_scheduler_type ?? "bash";
  const image = args.image ?? application.container_runtime ?? "";
  const header = jobHeader(options, application, scheduler);
  const words = executableOf(application, image);
  const verb = (application.executable ?? "").trim() === "" ? "run" : "exec";
  const { container } = args;
  const enter = (how: "run" | "exec"): string =>
    container !== undefined ? enterImage : image === "" ? "" : containerPrefix(how, options);
  const runs = `${launcher(request, scheduler)}${enter(verb)}`;
  const before = commandsOf(application["pre-execution"], `${applicationPath}.pre-execution`);
  const after = commandsOf(application["post-execution"], `${applicationPath}.post-execution`);
  const body = sections([
    ["where the job was handed in", [submitFolders[scheduler]]],
    ["modules", (application.modules ?? []).map((name) => `module load ${quote(name)}`)],
    ["environment", environmentLines(application, args.environment ?? {})],
    ["image", linesOf(image, container, options)],
    ["build", buildLines(application, enter("exec"))],
    ["before", before.map(renderCommand)],
    ["the job itself", ["status=0", `${`${runs}${renderCommand(words)}`.trimEnd()} || status=$?`]],
    ["after", after.map(renderCommand)],
  ]);
  return {
    scheduler,
    text: ["#!/bin/bash", ...header.lines, "set -e -o pipefail"].join("\n").concat("\n", body, '\nexit "${status}"\n'),
    notes: [...header.notes, ...placeNotes(request.job)],
  };
}
