import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { Results } from "../measure/results.ts";
import { digestOfFile } from "../provider/record-file.ts";
import { studyCsv, studyReport, type StudyResult } from "../report/study.ts";
import { type StudyCellPlan, studyCells } from "../stacks/studies.ts";
import { readMachine } from "../provider/machine.ts";
import { stackConfig } from "./config-pairs.ts";
import { dataSetPlace, imagenetDataSet, parametersOf } from "./data-set.ts";
import { dataSetDefaults } from "./data-set-defaults.ts";
import { Job, type JobOutcome } from "./job.ts";
import { writeReport } from "./report.ts";
import { cellFileName, cellSchema, load } from "./results-file.ts";

/** Options of `underlay study`. */
export interface StudyOptions {
  readonly profile: string;
  readonly only: readonly string[];
  readonly config: readonly string[];
  /** Folder of an ImageNet-format data set. */
  readonly data?: string;
  readonly out: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** What a cell measured before, when it was measured to its end, with this configuration, and its record is intact. */
function measured(folder: string, config: Readonly<Record<string, string>>): Results | null {
  const file = join(folder, cellFileName);
  const parsed = existsSync(file) ? cellSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))) : null;
  if (parsed?.success !== true || parsed.data.results.status !== "complete") {
    return null;
  }
  const { results, config: before } = parsed.data;
  const same =
    Object.keys({ ...before, ...config }).every((key) => before[key] === config[key]) &&
    digestOfFile(results.record.path) === results.record.sha256;
  return same ? results : null;
}

/** One cell with its place on disk and its whole configuration. */
interface Placed {
  readonly cell: StudyCellPlan;
  readonly folder: string;
  readonly config: Readonly<Record<string, string>>;
}

/** What the cells to come will take, in words, from those played so far. */
function minutesLeft(seconds: readonly number[], cells: number): string {
  const mean = seconds.reduce((sum, one) => sum + one, 0) / seconds.length;
  return seconds.length === 0 ? "time left not known yet" : `about ${String(Math.ceil((mean * cells) / 60))} min left`;
}

/** Plays a cell, and once more when it failed: a crash of one environment must not cost the study. Both records stay. */
async function upTwice(job: Job, id: string, config: Placed["config"]): Promise<JobOutcome> {
  const first = await job.up(config);
  if (!first.failed || job.interrupted) {
    return first;
  }
  job.progress.line(`${id} failed; once more`);
  return job.up(config);
}

/** Plays the cells that are not measured yet; returns whether all of them were, and nothing is left behind. */
async function play(placed: readonly Placed[]): Promise<{ readonly complete: boolean; readonly interrupted: boolean }> {
  const job = await Job.open("study");
  const seconds: number[] = [];
  let complete = true;
  try {
    for (const [index, { cell, folder, config }] of placed.entries()) {
      if (measured(folder, config) !== null) {
        job.progress.line(`${cell.id}: measured before`);
        continue;
      }
      const rest = placed.slice(index).filter((one) => measured(one.folder, one.config) === null).length;
      job.progress.line(
        `${cell.id}: cell ${String(index + 1)} of ${String(placed.length)}; ${minutesLeft(seconds, rest)}`,
      );
      const from = performance.now();
      const { results, failed } = await upTwice(job, cell.id, config);
      if (job.interrupted) {
        complete = false;
        break;
      }
      seconds.push((performance.now() - from) / 1000);
      if (results === null || failed) {
        complete = false;
        job.progress.line(`${cell.id} failed; the others go on`);
        continue;
      }
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, cellFileName), `${JSON.stringify({ config, results }, null, 2)}\n`);
    }
    const clean = await job.tearDown();
    return { complete: complete && clean, interrupted: job.interrupted };
  } finally {
    await job.close();
  }
}

/** The framework that a cell was trained by; records of before there was a second one do not name it. */
const frameworkOf = ({ options }: Results): StudyResult["framework"] =>
  z.enum(["tensorflow", "pytorch"]).default("tensorflow").parse(options["framework"]);

/** Folder of the data set that cells train on: the one that was given, or one that is made where there is none. */
async function dataSetOf({ data, list }: StudyOptions): Promise<string> {
  if (data !== undefined) {
    return data;
  }
  const parameters = parametersOf(dataSetDefaults);
  return list === true ? dataSetPlace(readMachine(), parameters) : (await imagenetDataSet(parameters)).directory;
}

const batchSizeOf = ({ options }: Results): number => z.number().parse(options["batchSize"]);

/** Writes the report of every cell, and one of all of them. */
async function writeStudy(name: string, placed: readonly Placed[], out: string): Promise<string | null> {
  const done: StudyResult[] = [];
  for (const { cell, folder, config } of placed) {
    const results = measured(folder, config);
    if (results !== null) {
      const lines = load(results.record.path, folder).lines;
      await writeReport({ results, lines }, folder);
      const { id, scenario, model } = cell;
      done.push({ id, scenario, framework: frameworkOf(results), model, batchSize: batchSizeOf(results), results });
    }
  }
  if (done.length === 0) {
    return null;
  }
  const page = join(out, "index.html");
  writeFileSync(page, await studyReport(name, done));
  writeFileSync(join(out, "study.csv"), studyCsv(done));
  return page;
}

/**
 * Plays a study: every cell that is not measured yet, one after the other on the same environments, then the report of
 * all. A study that was cut off goes on with the cell that it was at.
 *
 * @returns 0 when every cell is measured, 1 otherwise, 130 after Ctrl-C
 */
export async function study(name: string, options: StudyOptions): Promise<number> {
  const cells = studyCells(name, options.profile, options.only);
  const out = resolve(options.out, "study", name);
  const imagenet = await dataSetOf(options);
  const placed = cells.map((cell): Placed => {
    const folder = join(out, cell.id);
    const own = { ...cell.config, recordDirectory: join(folder, "records") };
    return { cell, folder, config: stackConfig({ ...own, imagenet }, options.config) };
  });
  if (options.list === true) {
    const state = placed.map(({ cell, folder, config }) => ({
      id: cell.id,
      measured: measured(folder, config) !== null,
    }));
    const lines = state.map(({ id, measured: is }) => `${id}${is ? "  measured" : ""}\n`).join("");
    process.stdout.write(options.json === true ? `${JSON.stringify(state, null, 2)}\n` : lines);
    return 0;
  }
  const { complete, interrupted } = await play(placed);
  const page = await writeStudy(name, placed, out);
  process.stdout.write(page === null ? "nothing was measured\n" : `report: ${page}\n`);
  return interrupted ? 130 : complete ? 0 : 1;
}
