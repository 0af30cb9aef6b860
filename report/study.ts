import { publishedNames, publishedResults } from "../catalogue/published/index.ts";
import { againstPublished, type StudyCell } from "../measure/published.ts";
import type { Interference } from "../measure/results.ts";
import { type ScenarioName, scenarioNames } from "../measure/scenario.ts";
import { csvText } from "./csv.ts";
import { figure } from "./html/figures.ts";
import { interferenceParts } from "./html/interference.ts";
import { networkTable } from "./html/network.ts";
import { publishedSection } from "./html/published.ts";
import { htmlPage } from "./html/page.ts";
import { factsTables } from "./html/tables.ts";
import { type Content, type Markup, markup, trusted } from "./markup.ts";
import { ratioPlot } from "./plots.ts";
import { pageTheme } from "./plots/theme.ts";
import { metricTitles, type ResultRow, resultTables } from "./results-table.ts";
import { baselineFirst, comparisonOf, type EnvironmentResult, type Metric, seriesOf, summaryOf } from "./run.ts";
import { profileNote, warnings } from "./verdict.ts";

/** One measured cell of a study. */
export interface StudyResult extends StudyCell {
  /** Name of the cell, which is also the folder of its own report. */
  readonly id: string;
}

const metrics: readonly Metric[] = ["throughput", "elapsed"];

const heads = ["cell", "scenario", "model", "series", "environment", "metric", "unit", "median", "n"];
const ratioHeads = ["ratio", "low", "high", "verdict", "reason"];

/**
 * Every cell as CSV (RFC 4180): a line for each environment, series and metric, with its ratio to the baseline; those of
 * the metric `interference` have the ratio to the same work alone, and for a reason the cause of a slowdown.
 */
export function studyCsv(cells: readonly StudyResult[]): string {
  const rows = cells.flatMap((cell) => [
    ...metrics.flatMap((metric) =>
      seriesOf(cell.results).flatMap((series) =>
        baselineFirst(cell.results).map((result) => csvFields(cell, result, series, metric)),
      ),
    ),
    ...(cell.results.interference ?? []).map((found) => interferenceFields(cell, found)),
  ]);
  return csvText([[...heads, ...ratioHeads], ...rows]);
}

function csvFields(cell: StudyResult, result: EnvironmentResult, series: string, metric: Metric): string[] {
  const { id, scenario, model, results } = cell;
  const summary = summaryOf(result, series, metric);
  const { ratio, interval, verdict, reason } = comparisonOf(results, result.environment, series, metric) ?? {};
  return [
    ...[id, scenario, model, series, result.environment, metric, summary?.unit, summary?.median, summary?.n],
    ...[ratio, interval?.low, interval?.high, verdict, reason ?? summary?.reason],
  ].map((value) => String(value ?? ""));
}

function interferenceFields({ id, scenario, model }: StudyResult, found: Interference): string[] {
  const { environment, series, n, ratio, interval, verdict, reason, cause, causeReason } = found;
  const why = verdict === "slower" ? (cause ?? causeReason) : reason;
  return [
    ...[id, scenario, model, series, environment, "interference", "", "", n],
    ...[ratio, interval?.low, interval?.high, verdict, why],
  ].map((value) => String(value ?? ""));
}

const scenarioTitles: Readonly<Record<ScenarioName, string>> = {
  single: "One training on one host",
  distributed: "One training over several hosts",
  shared: "Two trainings on one host",
};

/**
 * The report of a study as one HTML page that fetches nothing: for each scenario and metric a picture of every cell and
 * series, and one table of all of them; the network between hosts, and what trainings lost beside another; and what the
 * study's publication found. It links to the cells' own reports beside it.
 *
 * @param name of the study
 * @param cells the measured ones, in order; at least one
 */
export async function studyReport(name: string, cells: readonly StudyResult[]): Promise<string> {
  const sections: Markup[] = [];
  let number = 1;
  for (const scenario of scenarioNames) {
    const own = cells.filter((cell) => cell.scenario === scenario);
    const named = own.map(({ id, results }) => ({ name: id, results }));
    const add = (id: string, title: string, content: Content): void => {
      sections.push(markup`<section aria-labelledby="${scenario}-${id}"><h2 id="${scenario}-${id}">${scenarioTitles[scenario]}: ${title}</h2>
${content}</section>
`);
    };
    for (const metric of own.length === 0 ? [] : metrics) {
      add(metric, metricTitles[metric].toLowerCase(), [await figures(own, metric, number), table(own, metric)]);
      number += 1;
    }
    const interference = await interferenceParts(named, number);
    if (interference !== null) {
      add("interference", "interference", interference);
      number += 1;
    }
    const network = networkTable(named);
    if (network !== null) add("network", "network", network);
  }
  const title = `Study ${name}`;
  const body = markup`<header><h1>${title}</h1>
${notes(cells)}</header>
<main>
${sections}${await published(name, cells, number)}<section aria-labelledby="facts"><h2 id="facts">Environments</h2>
${cells.slice(0, 1).map(({ results }) => factsTables({ results, lines: [] }))}</section>
<section aria-labelledby="cells"><h2 id="cells">Cells</h2>
<ul>${cells.map(({ id, results }) => markup`<li><a href="${id}/report/index.html">${id}</a>: run ${results.runId}, ${results.status}</li>`)}</ul></section>
</main>`;
  return htmlPage(title, body, "underlay");
}

/** The study held against what was published under its name. */
async function published(name: string, cells: readonly StudyResult[], number: number): Promise<Markup | null> {
  const known = publishedNames.find((one) => one === name);
  return known === undefined ? null : publishedSection(againstPublished(cells, publishedResults(known)), number);
}

function notes(cells: readonly StudyResult[]): Content {
  const profiles = [...new Set(cells.flatMap(({ results }) => profileNote(results.profile) ?? []))];
  const cautions = cells.flatMap(({ id, results }) => warnings(results).map((text) => `${id}: ${text}`));
  return [...cautions, ...profiles].map(
    (text) => markup`<div class="note" role="note"><p>${text}</p></div>
`,
  );
}

async function figures(cells: readonly StudyResult[], metric: Metric, number: number): Promise<Markup> {
  const panels: Markup[] = [];
  for (const { id, results } of cells) {
    for (const series of seriesOf(results)) {
      const svg = trusted(await ratioPlot({ results, series, metric, theme: pageTheme }));
      panels.push(markup`<div class="panel"><h3>${id}, ${series}</h3>${svg}</div>`);
    }
  }
  const better = metric === "throughput" ? "below 1 is slower" : "above 1 is slower";
  const caption = markup`Each environment relative to the baseline; ${better}. Whiskers: 95&nbsp;% intervals.`;
  return figure(number, markup`<div class="panels">${panels}</div>`, caption);
}

function table(cells: readonly StudyResult[], metric: Metric): Markup {
  const bodies = cells.flatMap(({ id, results }) =>
    resultTables(results)
      .filter((one) => one.metric === metric)
      .map(
        ({
          series,
          unit,
          rows,
        }) => markup`<tbody><tr class="group"><th colspan="5" scope="rowgroup">${id}, ${series}, ${unit}</th></tr>
${rows.map(row)}</tbody>
`,
      ),
  );
  const heads = ["median", "ratio", "95\u00a0% interval"].map(
    (head) => markup`<th scope="col" class="number">${head}</th>`,
  );
  return markup`<div class="scroll"><table><thead><tr><th scope="col">environment</th>${heads}<th scope="col" class="verdicts">verdict</th></tr></thead>
${bodies}</table></div>
`;
}

function row({ environment, median, ratio, interval, verdict }: ResultRow): Markup {
  const numbers = [median, ratio, interval].map((text) => markup`<td class="number">${text}</td>`);
  return markup`<tr><th scope="row">${environment}</th>${numbers}<td>${verdict}</td></tr>
`;
}
