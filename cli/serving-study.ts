import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { priceBook } from "../catalogue/prices/index.ts";
import { publishedServing } from "../catalogue/published/index.ts";
import { type ServingCell, servingCsv, servingStudyReport } from "../report/serving-study.ts";
import { servingStudyCells } from "../stacks/studies.ts";
import { listCells, measuredBefore, type PlacedCell, placeCell } from "./cells.ts";
import { load } from "./results-file.ts";
import { playStudy, type StudyOptions, theseAlone } from "./study.ts";

/** The cells that are measured, with their records. */
export function servingCells(placed: readonly PlacedCell[]): ServingCell[] {
  return placed.flatMap((one) => {
    const results = measuredBefore(one);
    return results === null ? [] : [{ id: one.id, results, lines: load(results.record.path, one.folder).lines }];
  });
}

/**
 * Plays the study of serving: every cell that is not measured yet, then the report of all.
 *
 * @returns 0 when every cell is measured, 1 otherwise, 130 after Ctrl-C
 */
export async function servingStudy(name: string, options: StudyOptions): Promise<number> {
  const out = resolve(options.out, "study", name);
  const chosen = theseAlone(servingStudyCells(options.profile, options.only), options.cell);
  const placed = chosen.map((cell) => placeCell(out, cell, options.config));
  if (options.list === true) {
    listCells(placed, options.json === true);
    return 0;
  }
  const { complete, interrupted } = await playStudy(name, placed, options);
  if (options.cell.length > 0) return interrupted ? 130 : complete ? 0 : 1;
  const cells = servingCells(placed);
  if (cells.length > 0) {
    const book = priceBook("aws-2017");
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "index.html"), await servingStudyReport(publishedServing(), cells, book));
    writeFileSync(join(out, "study.csv"), servingCsv(cells, book));
  }
  process.stdout.write(cells.length === 0 ? "nothing was measured\n" : `report: ${join(out, "index.html")}\n`);
  return interrupted ? 130 : complete ? 0 : 1;
}
