import { columnLines } from "./columns.ts";
import { withoutControls } from "./markup.ts";
import { dash } from "./number-text.ts";

/** A stack, for a terminal. */
export interface StackRow {
  readonly stack: string;
  readonly runId: string | null;
  /** Seconds since its first resource was made; null where that is not known. */
  readonly ageSec: number | null;
  readonly resources: number;
  readonly owner: string | null;
  readonly expires: string | null;
  readonly expired: boolean;
  /** What it has cost so far, by currency; null where that cannot be told. */
  readonly spent: readonly { readonly currency: string; readonly amount: number }[] | null;
  /** Resources whose price is not known: they are not in `spent`. */
  readonly unpriced: readonly string[];
  readonly problem: string | null;
}

/** An age in its largest unit, such as `3 d`. */
export function ageText(seconds: number): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
  ];
  const unit = units.find(([size]) => seconds >= size);
  return unit === undefined
    ? `${String(Math.floor(seconds))} s`
    : `${String(Math.floor(seconds / unit[0]))} ${unit[1]}`;
}

function spentText({ spent, unpriced }: StackRow): string {
  if (spent === null) return dash;
  const sums = spent.map(({ amount, currency }) => `${amount.toFixed(2)} ${currency}`);
  const unknown = unpriced.length === 0 ? [] : [`${String(unpriced.length)} without a price`];
  const all = [...sums, ...unknown];
  return all.length === 0 ? "nothing" : all.join(", ");
}

/** Stacks for a terminal: what stands, since when, whose, until when, and what it has cost so far. */
export function stackListText(rows: readonly StackRow[]): string {
  if (rows.length === 0) return "There are no stacks.\n";
  const heads = ["stack", "run", "resources", "age", "owner", "expires", "cost so far"];
  const cells = rows.map((row) => [
    row.stack,
    row.runId ?? dash,
    row.problem === null ? String(row.resources) : dash,
    row.ageSec === null ? dash : ageText(row.ageSec),
    row.owner ?? dash,
    row.expires === null ? dash : `${row.expires}${row.expired ? " (over)" : ""}`,
    spentText(row),
  ]);
  const problems = rows.flatMap(({ stack, problem }) => (problem === null ? [] : [`${stack}: ${problem}`]));
  return `${[...columnLines([heads, ...cells], [2]), ...problems].map(withoutControls).join("\n")}\n`;
}
