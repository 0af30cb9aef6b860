import picocolors from "picocolors";
import type { Results } from "../measure/results.ts";
import { interferenceTables } from "./interference.ts";
import { withoutControls } from "./markup.ts";
import { dash } from "./number-text.ts";
import { metricTitles, resultTables } from "./results-table.ts";
import type { ResultRow, ResultTable } from "./results-table.ts";
import { labelOfName } from "./run.ts";
import { profileNote, warnings } from "./verdict.ts";

/** How a table is printed. */
export interface TableOptions {
  /** Characters that a line may have; labels go on on a second line when they must. @default 100 */
  readonly width?: number;
  /** Whether verdicts are coloured, by ANSI codes. @default false */
  readonly colours?: boolean;
}

type Colours = ReturnType<typeof picocolors.createColors>;
type Cells = readonly string[];

const gap = "  ";
const heads: Cells = ["environment", "median", "ratio", "95 % interval", "verdict"];

/**
 * The results for a terminal: for each series and metric the environments with median, ratio to the baseline, interval
 * and verdict, and what series lost beside other programs; what is missing is a dash with its reason below; warnings come
 * first.
 *
 * @returns Lines without a line break at the end.
 */
export function resultsTable(results: Results, { width = 100, colours = false }: TableOptions = {}): string {
  const paint = picocolors.createColors(colours);
  const tables = [...resultTables(results).map((table) => titled(results, table)), ...interferenceRows(results)].map(
    harmlessTable,
  );
  const labels = tables.flatMap(({ rows }) => rows.map(({ environment }) => environment));
  const others = widthsOf(tables.flatMap(({ rows }) => rows.map(cellsOf))).slice(1);
  const rest = others.reduce((sum, each) => sum + each + gap.length, 0);
  const longest = Math.max((heads[0] ?? "").length, ...labels.map((label) => label.length));
  const whole = longest + rest <= width;
  const shown = whole ? labels : labels.flatMap((label) => splitLabel(label));
  const widths = [Math.max((heads[0] ?? "").length, ...shown.map((label) => label.length)), ...others];
  const blocks = tables.map((table) => tableLines(table, widths, { paint, whole, width }).join("\n"));
  const note = profileNote(results.profile);
  const notes = [...warnings(results), ...(note === null ? [] : [note])].flatMap((text) => wrapped(text, width));
  return [...(notes.length === 0 ? [] : [notes.join("\n")]), ...blocks].join("\n\n");
}

interface Look {
  readonly paint: Colours;
  /** Whether labels fit in one line. */
  readonly whole: boolean;
  readonly width: number;
}

type Row = Pick<ResultRow, "environment" | "median" | "ratio" | "interval" | "verdict" | "reason">;

/** A table with all that is printed of it. */
interface TitledTable {
  readonly title: string;
  readonly rows: readonly Row[];
}

function titled(results: Results, { series, metric, unit, rows }: ResultTable): TitledTable {
  const baseline = labelOfName(results, results.baseline);
  return { title: `${metricTitles[metric]}, ${series}: median in ${unit}, ratio to ${baseline}`, rows };
}

/** What series lost beside other programs; what it is due to stands below, as a missing number's reason does. */
function interferenceRows(results: Results): TitledTable[] {
  return interferenceTables(results).map(({ series, alone, unit, rows }) => ({
    title: `Interference, ${series}: median in ${unit}, ratio to ${alone}`,
    rows: rows.map(({ reason, cause, ...row }) => {
      return { ...row, reason: cause === dash ? reason : [cause, ...(reason === null ? [] : [reason])].join(": ") };
    }),
  }));
}

function tableLines({ title, rows }: TitledTable, widths: readonly number[], look: Look): string[] {
  return [
    ...wrapped(title, look.width).map((line) => look.paint.bold(line)),
    lineOf(heads, widths).trimEnd(),
    ...rows.flatMap((row) => rowLines(row, widths, look)),
    ...rows.flatMap(({ environment, reason }) =>
      reason === null ? [] : wrapped(`— ${environment}: ${reason}`, look.width),
    ),
  ];
}

function rowLines(row: Row, widths: readonly number[], { paint, whole }: Look): string[] {
  const [label = "", ...more] = whole ? [row.environment] : splitLabel(row.environment);
  const [, ...cells] = cellsOf(row);
  const line = lineOf([label, ...cells.slice(0, -1), ""], widths);
  return [line + painted(row.verdict, paint), ...more];
}

function painted(verdict: string, paint: Colours): string {
  if (verdict === "slower") return paint.red(verdict);
  return verdict === "faster" ? paint.green(verdict) : verdict;
}

function cellsOf({ environment, median, ratio, interval, verdict }: Row): Cells {
  return [environment, median, ratio, interval, verdict];
}

function widthsOf(rows: readonly Cells[]): number[] {
  return heads.map((head, column) => Math.max(head.length, ...rows.map((cells) => cells[column]?.length ?? 0)));
}

/** Text to the left, numbers to the right; the last column is as long as it is. */
function lineOf(cells: Cells, widths: readonly number[]): string {
  return cells
    .map((cell, column) => {
      if (column === cells.length - 1) return cell;
      const width = widths[column] ?? 0;
      return column === 1 || column === 2 ? cell.padStart(width) : cell.padEnd(width);
    })
    .join(gap);
}

/** `vm (user-mode-linux)` on two lines. */
function splitLabel(label: string): string[] {
  const at = label.indexOf(" (");
  return at < 0 ? [label] : [label.slice(0, at), `  ${label.slice(at + 1)}`];
}

/** Text in lines of at most so many characters, broken at spaces; a longer word stays whole. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of harmless(text).split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Text without control characters, which could steer a terminal. */
function harmless(text: string): string {
  return withoutControls(text).replace(/\s/g, " ");
}

function harmlessTable(table: TitledTable): TitledTable {
  const rows = table.rows.map((row) => ({ ...row, environment: harmless(row.environment) }));
  return { ...table, rows };
}
