import { hostFactRows } from "./facts-table.ts";
import { interferenceTables } from "./interference.ts";
import type { InterferenceTable } from "./interference.ts";
import { launchBreakdown } from "./launches.ts";
import { dash, durationText, momentText } from "./number-text.ts";
import { metricTitles, resultTables } from "./results-table.ts";
import type { ResultTable } from "./results-table.ts";
import { reproduceCommands } from "./reproduce.ts";
import { baselineFirst, durationOf, intervalMethods, labelOf, labelOfName, runOf, seriesOf } from "./run.ts";
import type { ReportInput } from "./run.ts";
import { driftText, findings, profileNote, reportTitle, verdictText, warnings } from "./verdict.ts";

/**
 * The report as Markdown for a pull request: verdict and tables, with facts, launches and how to reproduce folded away.
 *
 * @throws UnderlayError `record-without-run`, `record-mismatch`
 */
export function markdownReport(input: ReportInput): string {
  const { results, lines } = input;
  const run = runOf(input);
  const note = profileNote(results.profile);
  const cautions = [...warnings(results), ...(note === null ? [] : [note])];
  const tables = resultTables(results).map((table) => resultSection(input, table));
  const sections = [
    `## ${escapeMarkdown(reportTitle(results))}`,
    cautions.map((text) => `> ${escapeMarkdown(text)}`).join("\n>\n"),
    escapeMarkdown(verdictText(results)),
    bullets(findings(results).map(({ label, text }) => `**${escapeMarkdown(label)}**: ${escapeMarkdown(text)}`)),
    ...tables,
    ...interferenceTables(results).map(interferenceSection),
    `Drift of the baseline: ${escapeMarkdown(results.drift.map(driftText).join(" ") || "not known, it was not measured.")}`,
    folded("Environments", factsTable(input)),
    folded("Launch, seconds", launchTable(input)),
    folded("Method and how to reproduce", methodText(input)),
    `<sub>Run ${escapeMarkdown(run.runId)}, ${momentText(run.at)}, took ${durationText(durationOf(lines))}, underlay ${escapeMarkdown(run.underlay)}.</sub>`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

/** Text that Markdown shows as it is: no markup, no HTML, no table cell of its own, nobody notified. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, (space) => (space === "\u00a0" ? space : " "))
    .replace(/[\\`*_{}[\]#|~$]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("@", "&#64;");
}

function resultSection({ results }: ReportInput, { series, metric, unit, rows }: ResultTable): string {
  const many = seriesOf(results).length > 1;
  const title = `**${metricTitles[metric]}${many ? `, ${escapeMarkdown(series)}` : ""}**`;
  const heads = [
    "environment",
    ...["median", "mean", "SD"].map((name) => `${name}, ${unit}`),
    "n",
    "ratio",
    "95\u00a0% interval",
    "verdict",
  ];
  const cells = rows.map((row) => [
    row.environment,
    row.median,
    row.mean,
    row.standardDeviation,
    row.n,
    row.ratio,
    row.interval,
    row.reason === null ? row.verdict : `${row.verdict} (${row.reason})`,
  ]);
  return `${title}\n\n${table(heads, cells, [1, 2, 3, 4, 5, 6])}`;
}

function interferenceSection({ series, alone, rows }: InterferenceTable): string {
  const title = `**Interference: throughput of ${escapeMarkdown(series)} ÷ ${escapeMarkdown(alone)}**`;
  const heads = ["environment", "ratio", "95\u00a0% interval", "n", "verdict", "largest cause", "background"];
  const cells = rows.map((row) => [
    row.environment,
    row.ratio,
    row.interval,
    row.n,
    row.verdict,
    row.reason === null ? row.cause : `${row.cause} (${row.reason})`,
    row.background,
  ]);
  const splits = rows.flatMap(({ environment, split }) => (split === null ? [] : [`${environment}: ${split}`]));
  return [title, table(heads, cells, [1, 2, 3]), bullets(splits.map(escapeMarkdown))].join("\n\n");
}

function factsTable({ results }: ReportInput): string {
  const heads = ["fact", ...baselineFirst(results).map(labelOf)];
  const rows = hostFactRows(results).map(({ name, cells }) => [name, ...cells.map(({ text }) => text)]);
  return table(heads, rows, []);
}

function launchTable({ results, lines }: ReportInput): string {
  const { phases, environments } = launchBreakdown(results, lines);
  const rows = environments.map(({ label, phases: parts, seconds, n }) => [
    label,
    ...[...parts, seconds].map((value) => value?.toFixed(2) ?? `${dash} ${n === 0 ? "no launch" : "not reported"}`),
    String(n),
  ]);
  const numbers = phases.map((_, index) => index + 1);
  return table(["environment", ...phases, "whole", "n"], rows, [...numbers, phases.length + 1, phases.length + 2]);
}

function methodText(input: ReportInput): string {
  const { results } = input;
  const run = runOf(input);
  const { seed, rounds, series } = run.schedule;
  const parts = series.map(
    ({ name, blocksPerRound, steps }) => `${name}: ${blocksPerRound} blocks of ${steps} steps per round`,
  );
  const methods = [...new Set([...intervalMethods(results, "throughput"), ...intervalMethods(results, "elapsed")])];
  const text = [
    `Blocks of all environments interleaved in seeded random order (seed ${seed}, ${rounds} rounds; ${parts.join("; ")}), ` +
      `compared with ${labelOfName(results, results.baseline)} in pairs. Intervals: ${methods.join("; ") || "none could be made"}.`,
    `Record ${results.record.path}, SHA-256 ${results.record.sha256}.`,
  ];
  const commands = reproduceCommands(run, results).join("\n");
  const fence = "`".repeat(Math.max(3, ...[...commands.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  return `${text.map(escapeMarkdown).join("\n\n")}\n\n${fence}sh\n${commands}\n${fence}`;
}

/** A table of text; `right` are the columns that stand to the right, from 0. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  const rule = `|${heads.map((_, column) => (right.includes(column) ? " ---: |" : " --- |")).join("")}`;
  return [line(heads), rule, ...rows.map(line)].join("\n");
}

function folded(summary: string, content: string): string {
  return `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
}

function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}
