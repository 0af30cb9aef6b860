import type { Total } from "../measure/planned-cost.ts";
import { columnLines } from "./columns.ts";
import { withoutControls } from "./markup.ts";
import { dash } from "./number-text.ts";

/** One stack of a matrix, as a preview has it. */
export interface MatrixRow {
  readonly id: string;
  readonly seconds: number;
  /** Why it is refused or failed; empty when all is well. */
  readonly problems: readonly string[];
  /** How many it would have; null when the preview did not come to its end. */
  readonly resources: number | null;
  /** What it costs for an hour; null when the preview did not come to its end. */
  readonly totals: readonly Total[] | null;
  /** Names of resources without a price. */
  readonly unpriced: readonly string[];
}

/** All stacks of a matrix. */
export interface MatrixReport {
  readonly stacks: readonly MatrixRow[];
  /** How many were previewed at a time. */
  readonly parallel: number;
  /** Of the whole. */
  readonly seconds: number;
}

function hourText({ totals, unpriced }: MatrixRow): string {
  if (totals === null) return dash;
  const sums = totals.map(({ perHour, currency }) => `${perHour.toFixed(2)} ${currency}`);
  return [...sums, ...(unpriced.length === 0 ? [] : [`${String(unpriced.length)} without a price`])].join(", ") || dash;
}

/** What a matrix would build and cost, for a terminal: a line for each stack, then why some are refused. */
export function matrixText({ stacks, parallel, seconds }: MatrixReport): string {
  const rows = stacks.map((row) => [
    ...[row.id, row.problems.length === 0 ? "passed" : "refused", String(row.resources ?? dash), hourText(row)],
    `${row.seconds.toFixed(1)} s`,
  ]);
  const refused = stacks.filter(({ problems }) => problems.length > 0);
  const each = stacks.length === 0 ? 0 : seconds / stacks.length;
  const lines = [
    ...columnLines([["stack", "preview", "resources", "an hour", "time"], ...rows], [2, 4]),
    "",
    ...refused.flatMap(({ id, problems }) => problems.map((problem) => `${id}: ${problem.replaceAll("\n", " ")}`)),
    `${String(stacks.length)} stacks, ${String(refused.length)} refused, ${String(parallel)} at a time: ` +
      `${seconds.toFixed(1)} s, ${each.toFixed(2)} s each`,
  ];
  return `${lines.map(withoutControls).join("\n")}\n`;
}
