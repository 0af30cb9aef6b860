import type { AgainstPublished, NumberComparison } from "../measure/published.ts";
import { escapeMarkdown, table } from "./markdown.ts";
import { dash, intervalText, ratioText } from "./number-text.ts";
import { publishedRows } from "./published.ts";
import type { ScenarioRows } from "./published.ts";

/** What `publishedSection` says, as Markdown: a table of the published numbers stands for the plot. */
export function publishedMarkdown(against: AgainstPublished): string {
  const { scenarios, footnotes, summary, citation } = publishedRows(against);
  const { name } = against.published;
  const sections = [
    "## Against the published results",
    escapeMarkdown(summary),
    ...(footnotes.length === 0 ? [] : [`**What sets this study apart from ${escapeMarkdown(name)}**`]),
    footnotes.map(({ letter, text }) => `- ${letter ?? "all"}: ${escapeMarkdown(text)}`).join("\n"),
    `**Numbers that ${escapeMarkdown(name)} states**`,
    numbersTable(against.numbers),
    ...scenarios.flatMap(scenarioSections),
    `<sub>${escapeMarkdown(`${name}: ${citation}.`)}</sub>`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function numbersTable(numbers: readonly NumberComparison[]): string {
  const heads = ["environment", "scenario", "metric", "published", "words", "this study", "measured with"];
  const rows = numbers.flatMap(({ statement, number, environment, measured }) => {
    const metric = `${number.metric} ÷ ${number.compared === "interference" ? "alone" : statement.baseline}`;
    const published = `${number.relation} ${ratioText(number.ratio)}`;
    const head = [environment, statement.conditions.scenarios.join(", "), metric, published, `“${number.words}”`];
    if (measured.length === 0) return [[...head, dash, "not measured"]];
    return measured.map(({ ratio, interval, cell, series }) => [
      ...head,
      ratio === null || interval === null ? dash : `${ratioText(ratio)} (${intervalText(interval)})`,
      `${cell.model}, batch ${cell.batchSize}, ${series}`,
    ]);
  });
  return table(heads, rows, [3, 5]);
}

function scenarioSections({ title, statements }: ScenarioRows): string[] {
  const heads = ["finding", "ratio", "95\u00a0% interval", "n", "verdict", "why", "apart"];
  return [
    `**${escapeMarkdown(title)}**`,
    ...statements.flatMap(({ quote, place, note, rows }) => {
      const cells = rows.map(({ title: finding, ratio, interval, n, verdict, why, letters }) => {
        return [finding, ratio, interval, n, verdict, why, letters.join(", ")];
      });
      const reading = note === null ? "" : ` ${note}`;
      return [
        `> “${escapeMarkdown(quote)}” (${escapeMarkdown(`${place}.${reading}`)})`,
        table(heads, cells, [1, 2, 3]),
      ];
    }),
  ];
}
