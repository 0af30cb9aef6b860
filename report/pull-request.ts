import type { CostDifference } from "../measure/planned-cost.ts";
import type { PlannedChange, PlannedResource } from "../measure/planned/resource.ts";
import { withoutControls } from "./markup.ts";
import { plannedCostMarkdown } from "./planned-cost.ts";
import { propertyChanges } from "./property-changes.ts";

/** The first line of the comment: by it the one that is there is found, and brought up to date. */
export const commentMark = "<!-- underlay pull-request -->";

/** Longest comment that GitHub takes is 65,536 characters; room is left for what says that it was cut. */
const longest = 60_000;

/** One check of a pull request. */
export interface CheckOutcome {
  /** Its command. */
  readonly name: string;
  readonly seconds: number;
  /** Its last lines; null when it went well. */
  readonly output: string | null;
}

/** What a change does to one environment. */
export interface EnvironmentChange {
  readonly environment: string;
  readonly seconds: number;
  /** Why its preview failed or was refused; empty when it went well. */
  readonly problems: readonly string[];
  /** What policies say that refuse nothing, such as that they cannot decide before the update. */
  readonly notes: readonly string[];
  /** Before and after; null where there is no plan of the change. `before` is null where there was none of its base. */
  readonly plan: PlannedChange | null;
  /** Of the same; null where there is no plan. */
  readonly cost: CostDifference | null;
}

/** What is told of a pull request. */
export interface PullRequestReport {
  readonly base: string;
  readonly head: string;
  readonly checks: readonly CheckOutcome[];
  readonly environments: readonly EnvironmentChange[];
  /** Hours that costs are for. */
  readonly hours: number;
  /** Report of the quick comparison (Markdown); null when it was not asked for. */
  readonly comparison: string | null;
  /** What is surely slower than it may be, a line each. */
  readonly slower: readonly string[];
}

/** Whether nothing stands against a pull request. */
export function isGood({ checks, environments, slower }: PullRequestReport): boolean {
  return slower.length === 0 && checks.every(({ output }) => output === null) && !environments.some(isRefused);
}

/** What a pull request will build, cost and break, as the text of one comment (Markdown). */
export function pullRequestMarkdown(report: PullRequestReport): string {
  const { base, head, checks, environments, comparison, slower } = report;
  const text = [
    commentMark,
    `## What this change builds, costs and breaks`,
    `${verdictOf(report)} (${code(head.slice(0, 12))} against ${code(base.slice(0, 12))})`,
    ...(checks.length === 0 ? [] : [checksTable(checks)]),
    ...checks.flatMap(({ name, output }) => (output === null ? [] : [details(`${name} failed`, fenced(output))])),
    ...(environments.length === 0
      ? []
      : ["### Environments", environmentsTable(report), ...environmentDetails(report)]),
    ...slower.map((line) => `**Slower:** ${cell(line)}`),
    ...(comparison === null ? [] : [details("The quick comparison", comparison)]),
  ].join("\n\n");
  const cut = "\n\n(cut: the whole text is what the runner wrote)\n";
  return text.length <= longest ? `${text}\n` : `${text.slice(0, longest)}${cut}`;
}

/** The answer in a line: what stands against the change, by name. */
function verdictOf({ checks, environments, slower }: PullRequestReport): string {
  const failed = checks.filter(({ output }) => output !== null).map(({ name }) => `${code(name)} failed`);
  const refused = environments.filter(isRefused).map(({ environment }) => `${code(environment)} is refused`);
  const against = [...failed, ...refused, ...(slower.length === 0 ? [] : ["something became slower"])];
  return against.length === 0 ? "✅ Nothing stands against this change." : `❌ ${against.join(", ")}.`;
}

const isRefused = ({ problems, plan }: EnvironmentChange): boolean => problems.length > 0 || plan === null;

const cell = (text: string): string =>
  withoutControls(text)
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>|#]/g, String.raw`\$&`);
const code = (text: string): string => `\`${withoutControls(text).replaceAll("`", "")}\``;
const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const seconds = (value: number): string => `${value.toFixed(1)} s`;

/** A block of what a program printed: longer than any row of backticks in it. */
function fenced(text: string): string {
  const longestRow = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(Math.max(3, longestRow + 1));
  const printable = text.split("\n").map(withoutControls).join("\n");
  return `${fence}text\n${printable}\n${fence}`;
}

/** Text that is folded, unless it is what the reader has to see. */
function details(title: string, content: string, open = false): string {
  const safe = withoutControls(title).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<details${open ? " open" : ""}><summary>${safe}</summary>\n\n${content.trim()}\n\n</details>`;
}

function checksTable(checks: readonly CheckOutcome[]): string {
  const rows = checks.map(({ name, output, seconds: taken }) =>
    row([code(name), output === null ? "passed" : "**failed**", seconds(taken)]),
  );
  return [row(["check", "result", "time"]), row(["---", "---", "---:"]), ...rows].join("\n");
}

/** Resources that a change makes, changes and removes, by what their inputs say. */
interface Difference {
  readonly made: readonly PlannedResource[];
  readonly changed: readonly PlannedResource[];
  readonly removed: readonly PlannedResource[];
}

function differenceOf({ before, after }: PlannedChange): Difference {
  const old = new Map((before ?? []).map((one) => [one.urn, one]));
  const now = new Set(after.map(({ urn }) => urn));
  const changes = (one: PlannedResource): boolean => {
    const was = old.get(one.urn);
    return was !== undefined && JSON.stringify(was.props) !== JSON.stringify(one.props);
  };
  return {
    made: after.filter(({ urn }) => !old.has(urn)),
    changed: after.filter(changes),
    removed: [...old.values()].filter(({ urn }) => !now.has(urn)),
  };
}

/** Sums for an hour by currency; what has no price is told beside, and never counts as nothing. */
function sumText(cost: CostDifference["after"] | null): string {
  if (cost === null) return "not planned";
  const sums = cost.totals.map(({ perHour, currency }) => `${perHour.toFixed(2)} ${currency}`);
  const unknown = cost.unknown.length === 0 ? [] : [`${String(cost.unknown.length)} without a price`];
  const all = [...sums, ...unknown];
  return all.length === 0 ? "nothing is charged for" : all.join(", ");
}

function environmentsTable({ environments }: PullRequestReport): string {
  const heads = ["environment", "preview", "made", "changed", "removed", "an hour before", "an hour after", "time"];
  const rows = environments.map((change) => {
    const { environment, plan, cost, seconds: taken } = change;
    const state = isRefused(change) ? "**refused**" : "passed";
    const { made, changed, removed } = plan === null ? noDifference : differenceOf(plan);
    const counts = plan === null ? ["", "", ""] : [made, changed, removed].map(({ length }) => String(length));
    const sums = cost === null ? ["", ""] : [sumText(cost.before), sumText(cost.after)];
    return row([cell(environment), state, ...counts, ...sums.map(cell), seconds(taken)]);
  });
  const line = row(["---", "---", "---:", "---:", "---:", "---", "---", "---:"]);
  return [row(heads), line, ...rows].join("\n");
}

const noDifference: Difference = { made: [], changed: [], removed: [] };

/** Whether anything is charged for, before or after. */
const costsSomething = ({ before, after }: CostDifference): boolean =>
  after.charges.length > 0 || (before?.charges.length ?? 0) > 0;

function environmentDetails({ environments, hours }: PullRequestReport): string[] {
  return environments.flatMap(({ environment, problems, notes, plan, cost }) => {
    const { made, changed, removed } = plan === null ? noDifference : differenceOf(plan);
    const old = new Map((plan?.before ?? []).map(({ urn, props }) => [urn, props]));
    const list = (sign: string, all: readonly PlannedResource[]): string[] =>
      all.flatMap(({ type, name, urn, props }) => [
        `${sign} ${type} ${name}`,
        ...(sign === "~" ? propertyChanges(old.get(urn), props).map((line) => `    ${line}`) : []),
      ]);
    const lines = [...list("+", made), ...list("~", changed), ...list("-", removed)];
    const parts = [
      ...problems.map(fenced),
      ...notes.map((note) => `- ${cell(note)}`),
      ...(lines.length === 0 ? [] : [fenced(lines.join("\n"))]),
      ...(cost === null || !costsSomething(cost) ? [] : [plannedCostMarkdown(cost, { hours, beyond: null })]),
    ];
    const refused = problems.length > 0;
    return refused || lines.length + notes.length > 0 ? [details(environment, parts.join("\n\n"), refused)] : [];
  });
}
