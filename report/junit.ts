import { isSlowerThan, type RecordChange, type RecordComparison } from "../measure/record-comparison.ts";
import { type Markup, markup } from "./markup.ts";
import { ratioText } from "./number-text.ts";
import { changeName, changeText } from "./record-comparison.ts";

/**
 * Two records against each other as JUnit's XML, which continuous integration shows: a test case for each metric of each
 * series. One that is surely slower than is accepted is a failure; one without a number is skipped, with the reason.
 *
 * @param comparison What changed.
 * @param factor Times slower that is accepted: from 1 on.
 */
export function junitOf(comparison: RecordComparison, factor: number): string {
  const { changes } = comparison;
  const count = (test: (change: RecordChange) => boolean): number => changes.filter(test).length;
  const failures = count((change) => isSlowerThan(change, factor));
  const skipped = count(({ ratio }) => ratio === null);
  const cases = changes.map((change) => caseOf(change, factor));
  const { html } =
    markup`<testsuite name="underlay compare" tests="${changes.length}" failures="${failures}" skipped="${skipped}">${cases}
</testsuite>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${html}\n`;
}

function caseOf(change: RecordChange, factor: number): Markup {
  const name = `${change.series}, ${change.metric}`;
  return markup`
  <testcase classname="${change.environment}" name="${name}">${endOf(change, factor)}</testcase>`;
}

function endOf(change: RecordChange, factor: number): Markup {
  if (change.ratio === null) return markup`<skipped message="${change.reason ?? "no number"}"/>`;
  const text = changeText(change);
  if (!isSlowerThan(change, factor)) return markup`<system-out>${text}</system-out>`;
  const message = `${changeName(change)} is surely more than ${ratioText(factor)} times slower than before`;
  return markup`<failure message="${message}">${text}</failure>`;
}
