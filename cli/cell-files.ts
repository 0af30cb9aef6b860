import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { MeasuredCell } from "../measure/advice.ts";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { scenarioNames, scenarioOf } from "../measure/scenario.ts";
import { digestOfFile } from "../provider/record-file.ts";
import { configNamespace } from "../stacks/config.ts";
import { cellFileName, cellSchema, resultsFileName, withRecord } from "./results-file.ts";

/** The cells of a study below a folder, such as `out` or `out/study/lin-2018`. */
function cellFiles(folder: string): string[] {
  const inFolders = (parent: string): string[] =>
    existsSync(parent)
      ? readdirSync(parent)
          .sort()
          .map((name) => join(parent, name, cellFileName))
          .filter((path) => existsSync(path))
      : [];
  const studies = join(folder, "study");
  const below = existsSync(studies) ? readdirSync(studies).sort() : [];
  return [...inFolders(folder), ...below.flatMap((name) => inFolders(join(studies, name)))];
}

/** Files to read: one that is named, the cells of a study, or else the results of the last start. */
export function filesOf(from: string): string[] {
  if (!existsSync(from)) {
    throw new UnderlayError(
      "results-not-found",
      `There are no results in ${from}: nothing is there.`,
      "Run `npm start` or `npx underlay study lin-2018` first, or give a file of results or a study's folder by --from.",
    );
  }
  if (!statSync(from).isDirectory()) return [from];
  const cells = cellFiles(from);
  const results = join(from, resultsFileName);
  if (cells.length > 0) return cells;
  if (existsSync(results)) return [results];
  throw new UnderlayError(
    "results-not-found",
    `There are no results in ${from}.`,
    "Run `npm start` or `npx underlay study lin-2018` first, or give --from FOLDER.",
  );
}

const scenarioKey = `${configNamespace}:scenario`;

/** One cell of a study, or results alone. */
export function readCell(path: string): MeasuredCell {
  let cell: z.infer<typeof cellSchema>;
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    const isCell = typeof value === "object" && value !== null && "results" in value;
    cell = cellSchema.parse(isCell ? value : { config: {}, results: value });
  } catch (thrown) {
    const why = thrown instanceof z.ZodError ? z.prettifyError(thrown) : messageOf(thrown);
    throw new UnderlayError("results-invalid", `${path} is no file of results: ${why}`, null, { cause: thrown });
  }
  const { config } = cell;
  const results = withRecord(cell.results, dirname(path));
  if (existsSync(results.record.path) && digestOfFile(results.record.path) !== results.record.sha256) {
    throw new UnderlayError(
      "record-changed",
      `${results.record.path} was changed after the results in ${path} were derived from it.`,
    );
  }
  return { scenario: scenarioNames.find((name) => name === config[scenarioKey]) ?? scenarioOf(results), results };
}
