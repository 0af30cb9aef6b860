import { isSlowerThan, type RecordChange, type RecordComparison } from "../measure/record-comparison.ts";
import { columnLines } from "./columns.ts";
import { withoutControls } from "./markup.ts";
import { dash, intervalText, ratioText } from "./number-text.ts";
import { metricTitles } from "./results-table.ts";

const heads = ["environment", "series", "metric", "after ÷ before", "95 % interval", "launches", "verdict"];
/** Columns that stand to the right. */
const numbers: readonly number[] = [3, 4, 5];

/** Two records against each other, for a terminal: what changed, why a number is missing, and what else is not equal. */
export function recordComparisonText({ changes, differences }: RecordComparison): string {
  const reasons = changes.flatMap((change) =>
    change.reason === null ? [] : [`${dash} ${changeName(change)}: ${change.reason}`],
  );
  const unequal = differences.map(({ what, before, after }) => `  ${what}: ${before} → ${after}`);
  const parts = [
    columnLines([heads, ...changes.map(cellsOf)], numbers),
    reasons,
    unequal.length === 0 ? [] : ["Not equal in the two records:", ...unequal],
    ["They were not measured at the same time: what the machine did meanwhile is in the ratio."],
  ];
  const texts = parts.filter((part) => part.length > 0).map((part) => part.map(withoutControls).join("\n"));
  return `${texts.join("\n\n")}\n`;
}

/** What is surely slower than is accepted, a line each; empty where nothing is. */
export function slowerText({ changes }: RecordComparison, factor: number): string[] {
  return changes
    .filter((change) => isSlowerThan(change, factor))
    .map((change) => `${changeName(change)} is surely more than ${ratioText(factor)} times slower than before.`);
}

/** What a change is of, in words. */
export function changeName({ environment, series, metric }: RecordChange): string {
  return `${environment}, ${series}, ${metricTitles[metric].toLowerCase()}`;
}

/** A change in a line: its ratio with the interval, the launches of both records, and the verdict. */
export function changeText(change: RecordChange): string {
  return cellsOf(change)
    .slice(numbers[0])
    .map((cell, index) => `${heads[index + 3] ?? ""}: ${cell}`)
    .join("; ");
}

function cellsOf({ environment, series, metric, ratio, interval, n, verdict }: RecordChange): string[] {
  return [
    environment,
    series,
    metricTitles[metric].toLowerCase(),
    ratio === null ? dash : ratioText(ratio),
    interval === null ? dash : intervalText(interval),
    n.join(" / "),
    verdict,
  ];
}
