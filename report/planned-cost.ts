import type { CostDifference, PlannedCost } from "../measure/planned-cost.ts";
import type { Charge } from "../measure/planned/rules.ts";
import { columnLines } from "./columns.ts";
import { withoutControls } from "./markup.ts";
import { dash, listText, numberText } from "./number-text.ts";

/** How a cost is printed. */
export interface PlannedCostOptions {
  /** Hours that the stack is planned to stand. */
  readonly hours: number;
  /** What is wrong by the budget; empty when it is within it, null without one. */
  readonly beyond: readonly string[] | null;
}

const money = (amount: number, currency: string): string => `${numberText(amount, 4)} ${currency}`;

function whatText(charge: Charge): string {
  switch (charge.kind) {
    case "hourly":
      return charge.count === 1 ? charge.what : `${String(charge.count)} × ${charge.what}`;
    case "by use":
      return `by use: ${charge.what}${charge.price === null ? "" : `, ${charge.price}`}`;
    case "unknown":
      return charge.reason;
    case "none":
      return "";
  }
}

function hourText(charge: Charge | null): string {
  if (charge === null) return dash;
  if (charge.kind === "hourly") return money(charge.count * charge.price.amount, charge.price.currency);
  return charge.kind === "by use" ? "by use" : "not known";
}

const dateText = (charge: Charge): string =>
  charge.kind === "hourly" ? charge.price.asOf : charge.kind === "by use" ? (charge.asOf ?? dash) : dash;

/** Sums, one for each currency, such as `0.44 USD an hour, 3.52 USD in 8 h`. */
function totalsText({ totals }: PlannedCost, hours: number): string {
  if (totals.length === 0) return "nothing by the hour";
  const each = totals.map(({ currency, perHour }) => {
    return `${money(perHour, currency)} an hour, ${money(perHour * hours, currency)} in ${String(hours)} h`;
  });
  return each.join("; ");
}

/** What a total does not have in it, and what it rests on. */
function notes(cost: PlannedCost): string[] {
  return [
    ...(cost.unknown.length === 0
      ? []
      : [`No price is known of ${listText(cost.unknown)}: not in the total, and not nothing.`]),
    ...(cost.byUse.length === 0 ? [] : [`Charged by use, and not in the total: ${listText(cost.byUse)}.`]),
    ...cost.rates.map((rate) => `Converted at ${rate}.`),
    "Without taxes, discounts, disks and traffic.",
  ];
}

function sourcesOf(cost: PlannedCost): string[] {
  const hourly = cost.charges.flatMap(({ charge }) => (charge.kind === "hourly" ? [charge.price] : []));
  return [
    ...new Set(hourly.map(({ asOf, source, region }) => `${asOf} ${source}${region === null ? "" : `, ${region}`}`)),
  ];
}

/** What a stack costs, for a terminal: each resource with its price and day, then the sums. */
export function plannedCostText({ before, after }: CostDifference, { hours, beyond }: PlannedCostOptions): string {
  const heads = ["resource", "an hour", "as of", "for"];
  const rows = after.charges.map(({ name, charge }) => [name, hourText(charge), dateText(charge), whatText(charge)]);
  const lines = [
    ...(rows.length === 0 ? ["Nothing here is charged for."] : columnLines([heads, ...rows], [1])),
    "",
    `total: ${totalsText(after, hours)}`,
    ...(before === null ? [] : [`before: ${totalsText(before, hours)}`]),
    ...notes(after),
    ...sourcesOf(after),
    ...(beyond ?? []).map((wrong) => `over budget: ${wrong}.`),
    ...(beyond?.length === 0 ? ["Within the budget."] : []),
  ];
  return `${lines.map(withoutControls).join("\n")}\n`;
}

/** A cell of a Markdown table: one line, in which nothing ends the cell or begins markup. */
const cell = (text: string): string =>
  withoutControls(text)
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>|#]/g, String.raw`\$&`);

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** What a change does to the cost, for a pull request. */
export function plannedCostMarkdown(difference: CostDifference, { hours, beyond }: PlannedCostOptions): string {
  const { before, after, changes } = difference;
  const sums = [
    ...(before === null ? [] : [`before: ${totalsText(before, hours)}`]),
    `${before === null ? "total" : "after"}: ${totalsText(after, hours)}`,
  ];
  const changed = changes.map(({ name, before: was, after: is }) => {
    const charge = is ?? was;
    return row([cell(name), cell(hourText(was)), cell(hourText(is)), cell(charge === null ? "" : whatText(charge))]);
  });
  const all = after.charges.map(({ name, charge }) =>
    row([cell(name), cell(hourText(charge)), cell(whatText(charge))]),
  );
  const table =
    before === null
      ? [row(["resource", "an hour", "for"]), row(["---", "---:", "---"]), ...all]
      : [row(["resource", "before", "after", "for"]), row(["---", "---:", "---:", "---"]), ...changed];
  const verdict =
    beyond === null
      ? []
      : beyond.length === 0
        ? ["Within the budget."]
        : beyond.map((one) => `**Over budget:** ${cell(one)}.`);
  return `${[
    "### Cost",
    "",
    ...sums.map((one) => `- ${cell(one)}`),
    "",
    ...(before !== null && changed.length === 0 ? ["No cost changes."] : table),
    "",
    ...verdict,
    ...notes(after).map((one) => `- ${cell(one)}`),
    ...sourcesOf(after).map((one) => `- ${cell(one)}`),
  ].join("\n")}\n`;
}
