import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import type { Results } from "../measure/results.ts";
import { studyCsv, studyReport, type StudyResult } from "../report/study.ts";
import { type StudyCellPlan, studyCells } from "../stacks/studies.ts";
import { readMachine } from "../provider/machine.ts";
import { listCells, measuredBefore, type PlacedCell, placeCell, playCells, type Played } from "./cells.ts";
import { playCellsOnSlurm } from "./cells-on-slurm.ts";
import { dataSetPlace, imagenetDataSet, parametersOf } from "./data-set.ts";
import { dataSetDefaults } from "./data-set-defaults.ts";
import { wholeOf } from "./options.ts";
import { writeReport } from "./report.ts";
import { load } from "./results-file.ts";
import { projectRoot } from "./version.ts";

/** Options of `underlay study`. */
export interface StudyOptions {
  readonly profile: string;
  readonly only: readonly string[];
  /** Ids of cells that alone are played. */
  readonly cell: readonly string[];
  /** Where cells are played: on this machine unless told. */
  readonly on?: "slurm";
  readonly parallel?: string;
  readonly sbatch: readonly string[];
  readonly config: readonly string[];
  /** Folder of an ImageNet-format data set. */
  readonly data?: string;
  readonly out: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** A cell with its place on disk. */
interface Placed extends PlacedCell {
  readonly cell: StudyCellPlan;
}

/**
 * Cells that are named, each whole; all of them where none is.
 *
 * @throws UnderlayError `study-empty` when one is not among them
 */
export function theseAlone<T extends { readonly id: string }>(
  cells: readonly T[],
  ids: readonly string[],
): readonly T[] {
  if (ids.length === 0) return cells;
  return ids.map((id) => {
    const cell = cells.find((one) => one.id === id);
    if (cell !== undefined) return cell;
    const known = cells.map((one) => one.id).join(", ");
    throw new UnderlayError("study-empty", `--cell is "${id}", but there is no such cell.`, `Give one of ${known}.`);
  });
}

/** Plays cells of a study where they are asked for: here one after the other, or on a cluster as an array of jobs. */
export async function playStudy(name: string, placed: readonly PlacedCell[], options: StudyOptions): Promise<Played> {
  const { on, profile, config, data, sbatch, parallel } = options;
  if (on === undefined) return playCells("study", placed);
  const given = [...config.flatMap((word) => ["--config", word]), ...(data === undefined ? [] : ["--data", data])];
  const out = resolve(options.out);
  return playCellsOnSlurm(placed, {
    connection: { hops: [] },
    logs: join(out, "study", name, "slurm"),
    parallel: parallel === undefined ? null : wholeOf("--parallel", parallel, 1, 10_000),
    options: sbatch,
    commandOf: ({ id }) => [
      ...[process.execPath, join(projectRoot, "cli", "underlay.mjs"), "study", name, "--cell", id],
      ...["--profile", profile, "--out", out, ...given],
    ],
  });
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
  for (const one of placed) {
    const { cell, folder } = one;
    const results = measuredBefore(one);
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
  const cells = theseAlone(studyCells(name, options.profile, options.only), options.cell);
  const out = resolve(options.out, "study", name);
  const imagenet = await dataSetOf(options);
  const placed = cells.map((cell): Placed => {
    const { id, config } = cell;
    return { ...placeCell(out, { id, config: { ...config, imagenet } }, options.config), cell };
  });
  if (options.list === true) {
    listCells(placed, options.json === true);
    return 0;
  }
  const { complete, interrupted } = await playStudy(name, placed, { ...options, data: imagenet });
  // The report is of all cells, and written by whoever has all of them.
  if (options.cell.length > 0) return interrupted ? 130 : complete ? 0 : 1;
  const page = await writeStudy(name, placed, out);
  process.stdout.write(page === null ? "nothing was measured\n" : `report: ${page}\n`);
  return interrupted ? 130 : complete ? 0 : 1;
}
