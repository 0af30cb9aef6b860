import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { measuredFile, readMeasurements } from "../catalogue/images/measured.ts";
import type { ImageMeasurement } from "../catalogue/images/schema.ts";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { expectedNodes } from "../measure/node-times.ts";
import { type PerformanceModel, readPerformanceModel } from "../measure/performance-model.ts";
import { stateDirectory } from "../provider/machine.ts";
import { nodesNote } from "../report/nodes.ts";
import {
  type Candidate,
  optimise,
  type OptimiseArgs,
  type Optimisation,
  type OptimisationRequest,
  readRequest,
} from "../workloads/index.ts";
import { readNodeTimes } from "./nodes.ts";
import { optimiseRun, type OptimiseRunOptions } from "./optimise-run.ts";

/** Options of `underlay optimise`, as they were typed. */
export interface OptimiseOptions extends Partial<OptimiseRunOptions> {
  readonly out: string;
  readonly measurements?: string;
  readonly model?: string;
  readonly nodes?: string;
  readonly dryRun?: boolean;
  readonly run?: boolean;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new UnderlayError(
      "request-not-found",
      `${path} cannot be read: ${messageOf(cause)}.`,
      "Give the file of a request, such as examples/mnist.json.",
      { cause },
    );
  }
}

/** Measurements of images: those of a file that is named, which must be there, or what this user measured. */
function measurementsOf(path: string | undefined): { file: string; measurements: readonly ImageMeasurement[] } {
  if (path !== undefined) read(path);
  const file = path ?? measuredFile(stateDirectory());
  return { file, measurements: readMeasurements(file) };
}

/** The performance model of a file that is named, or none. */
function modelOf(path: string | undefined): PerformanceModel | undefined {
  return path === undefined ? undefined : readPerformanceModel(read(path), path);
}

/** What the nodes that a request asks for are beside the predicted best; nothing where no times are named. */
function nodesNotes(path: string | undefined, request: OptimisationRequest, workload: string | null): string[] {
  if (path === undefined) return [];
  const { job_options: options, target } = request.job;
  const [file, asked] = [readNodeTimes(path), options.node_count ?? 1];
  const expectation = expectedNodes(file, Math.max(asked, ...file.times.map(({ nodes }) => nodes)));
  return [nodesNote(file, expectation, asked, { workload, target: target?.name ?? "local" })];
}

/** What a request turns into, with what is known of its number of nodes among the notes. */
function optimisedBy(text: string, file: string, options: OptimiseOptions, args: OptimiseArgs): Optimisation {
  const request = readRequest(text, file);
  const done = optimise(request, args);
  return { ...done, notes: [...done.notes, ...nodesNotes(options.nodes, request, done.workload)] };
}

function candidateText({ image, reasons, relativeTime }: Candidate): string {
  const cost = relativeTime === null || relativeTime === 1 ? "" : `, ${relativeTime.toFixed(2)} times the time`;
  return [`  ${image.id}${cost}`, ...reasons.map((reason) => `    ${reason}`)].join("\n");
}

function mappingText({ mapping, image }: Optimisation): string[] {
  if (mapping === null) return [`image: ${image === "" ? "none" : image} (the request asks for no framework)`];
  const { chosen, runnersUp, refused } = mapping;
  return [
    chosen === null ? `image: ${image === "" ? "none" : `${image}, as asked for`}` : `image: ${image}`,
    ...(chosen === null ? [] : ["chosen:", candidateText(chosen)]),
    ...(runnersUp.length === 0 ? [] : ["others:", ...runnersUp.map(candidateText)]),
    ...(refused.length === 0 ? [] : ["cannot be it:", ...refused.map(({ id, why }) => `  ${id} ${why}`)]),
  ];
}

function notesText(notes: readonly string[]): string[] {
  return notes.length === 0 ? [] : ["notes:", ...notes.map((note) => `  ${note}`)];
}

/** Name of a job, or of its file when it has none. */
function jobName(text: string, file: string): string {
  const named = (JSON.parse(text) as { job: { job_options: { job_name?: string } } }).job.job_options.job_name;
  return named ?? (file.split("/").at(-1) ?? "job").replace(/\.json$/, "");
}

/** Writes the script where a person finds it; a file of another content is not overwritten without a word. */
function writeScript(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  if (existsSync(path) && readFileSync(path, "utf8") !== text) {
    process.stderr.write(`${path} is written anew.\n`);
  }
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

/**
 * Chooses the image for a request, writes its job script and says why.
 *
 * @param file of the request
 * @returns 0; 1 when no image can be what the request asks for
 */
export function optimiseFile(file: string, options: OptimiseOptions): number {
  const text = read(file);
  const { measurements } = measurementsOf(options.measurements);
  const done = optimisedBy(text, file, options, { measurements, model: modelOf(options.model) });
  const { mapping, image, script, notes } = done;
  const path = options.dryRun === true ? null : writeScript(options.out, `${jobName(text, file)}.sh`, script.text);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ image, mapping, script: { ...script, path }, notes }, null, 2)}\n`);
  } else {
    const end = path === null ? ["", script.text.trimEnd()] : [`script: ${path} (${script.scheduler})`];
    process.stdout.write(`${[...mappingText(done), ...notesText(notes), ...end].join("\n")}\n`);
  }
  return mapping !== null && mapping.chosen === null ? 1 : 0;
}

/**
 * Chooses the image for a request, builds it, trains in it through a Slurm on this machine, and keeps what was measured
 * for the next choice.
 *
 * @param file of the request
 * @returns 0; 1 when no image can be what the request asks for, or something failed; 130 after Ctrl-C
 */
export async function runFile(file: string, options: OptimiseOptions): Promise<number> {
  const text = read(file);
  const { file: measured, measurements } = measurementsOf(options.measurements);
  const done = optimisedBy(text, file, options, { measurements });
  const chosen = done.mapping?.chosen ?? null;
  if (options.json !== true || chosen === null) {
    const basis =
      chosen?.expected?.basis === "measured"
        ? [`chosen on what was measured on this target: ${measured}`]
        : [`nothing of it was measured on this target yet: ${measured} will say`];
    process.stdout.write(`${[...mappingText(done), ...notesText(done.notes), ...basis].join("\n")}\n`);
  }
  if (chosen === null) return 1;
  const folder = resolve(options.out, jobName(text, file));
  return optimiseRun({ file: resolve(file), done, measured, folder }, { config: [], ...options });
}
