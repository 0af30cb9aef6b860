import { hostFactRows, programFactRows } from "../facts-table.ts";
import type { FactCell, FactRow } from "../facts-table.ts";
import { launchBreakdown } from "../launches.ts";
import { markup } from "../markup.ts";
import type { Content, Markup } from "../markup.ts";
import { dash } from "../number-text.ts";
import { metricTitles, resultTables } from "../results-table.ts";
import type { ResultRow, ResultTable } from "../results-table.ts";
import { baselineFirst, labelOf, labelOfName, seriesOf } from "../run.ts";
import type { Metric, ReportInput } from "../run.ts";

/** The results of one metric: a table, or several when units differ, with a group of rows for each series. */
export function resultsTables({ results }: ReportInput, metric: Metric): Markup[] {
  const tables = resultTables(results).filter((table) => table.metric === metric);
  const units = [...new Set(tables.map(({ unit }) => unit))];
  const grouped = seriesOf(results).length > 1;
  const baseline = labelOfName(results, results.baseline);
  return units.map((unit) => {
    const bodies = tables.filter((table) => table.unit === unit).map((table) => resultsBody(table, grouped));
    const title = `${metricTitles[metric]}, ${unit}`;
    const heads = [
      ...["median", "mean", "standard deviation"].map((name) => numberHead(name, unit)),
      ...["n", "ratio", "95\u00a0% interval"].map((name) => numberHead(name)),
    ];
    return scrolling(
      title,
      markup`<table><caption><span><b>${title}</b>, by environment, with its ratio to ${baseline}. n counts ${
        metric === "throughput" ? "blocks" : "rounds"
      }.</span></caption>
<thead><tr><th scope="col">environment</th>${heads}<th scope="col" class="verdicts">verdict</th></tr></thead>
${bodies}</table>`,
    );
  });
}

/** The head of a column of numbers, with its unit, which has a line of its own when both are long. */
export function numberHead(name: string, unit: string | null = null): Markup {
  const short = name.length + (unit?.length ?? 0) <= 10 || unit === null;
  const text = unit === null ? markup`${name}` : markup`${name},${short ? " " : markup`<br>`}${unit}`;
  return markup`<th scope="col" class="number${short ? " short" : ""}">${text}</th>`;
}

function resultsBody({ series, rows }: ResultTable, grouped: boolean): Markup {
  const head = grouped ? markup`<tr class="group"><th colspan="8" scope="rowgroup">${series}</th></tr>` : null;
  return markup`<tbody>${head}${rows.map(resultsRow)}</tbody>
`;
}

function resultsRow(row: ResultRow): Markup {
  const { median, mean, standardDeviation, n, ratio, interval, verdict, reason } = row;
  const numbers = [median, mean, standardDeviation, n, ratio, interval].map(
    (text) =>
      markup`<td class="number">${text === dash && reason !== null ? markup`<span title="${reason}">${dash}</span>` : text}</td>`,
  );
  const emphasis = verdict === "slower" || verdict === "faster" ? markup` class="${verdict}"` : null;
  const why = markup`<tr class="why"><td colspan="8">${dash} ${row.environment}: ${reason}</td></tr>
`;
  return markup`<tr><th scope="row">${row.environment}</th>${numbers}<td><span${emphasis}>${verdict}</span></td></tr>
${reason === null ? null : why}`;
}

/** What the hosts and the program say about every environment; what differs from the baseline is marked. */
export function factsTables({ results, lines }: ReportInput): Markup[] {
  const heads = baselineFirst(results).map((result) => markup`<th scope="col">${labelOf(result)}</th>`);
  const table = (title: string, text: string, rows: readonly FactRow[]): Markup | null =>
    rows.length === 0
      ? null
      : scrolling(
          title,
          markup`<table class="facts"><caption><span><b>${title}.</b> ${text}</span></caption>
<thead><tr><th scope="col">fact</th>${heads}</tr></thead><tbody>${rows.map(factRow)}</tbody></table>`,
        );
  const tables = [
    table(
      "Facts of every environment",
      "Marked cells differ from the first column. Digests are shortened; the whole of one shows when it is pointed at.",
      hostFactRows(results),
    ),
    table("What the program found", "At its first launch in each environment.", programFactRows(results, lines)),
  ];
  return tables.filter((each) => each !== null);
}

function factRow({ name, cells }: FactRow): Markup {
  return markup`<tr><th scope="row">${name}</th>${cells.map((cell) => markup`<td>${factCell(cell)}</td>`)}</tr>
`;
}

function factCell({ text, full, differs }: FactCell): Markup {
  const shown = full === null ? markup`${text}` : markup`<span title="${full}">${text}</span>`;
  return differs ? markup`<span class="unseen">differs: </span><mark>${shown}</mark>` : shown;
}

/** The parts of the launches in seconds, and the peak of memory. */
export function launchTable({ results, lines }: ReportInput, phaseName: (phase: string) => string): Markup {
  const { phases, environments } = launchBreakdown(results, lines);
  const heads = [
    ...phases.map((phase) => numberHead(phaseName(phase), "s")),
    numberHead("launch", "s"),
    numberHead("n"),
    numberHead("peak memory", "MiB"),
  ];
  const rows = environments.map(({ label, phases: parts, seconds, n, peakMemoryMiB }) => {
    const why = n === 0 ? "no launch succeeded" : "not reported";
    const cells: Content[] = [
      ...parts.map((part) => secondsCell(part, why)),
      secondsCell(seconds, why),
      n,
      peakMemoryMiB === null ? missing("the program could not tell") : Math.round(peakMemoryMiB),
    ];
    return markup`<tr><th scope="row">${label}</th>${cells.map((cell) => markup`<td class="number">${cell}</td>`)}</tr>
`;
  });
  return scrolling(
    "Launch, by part",
    markup`<table><caption><span><b>Launch, by part</b>: means over n launches, in seconds, and the highest peak of resident memory.</span></caption>
<thead><tr><th scope="col">environment</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`,
  );
}

function secondsCell(seconds: number | null, why: string): Content {
  if (seconds === null) return missing(why);
  return seconds === 0 ? "0.00" : seconds.toFixed(2);
}

function missing(reason: string): Markup {
  return markup`${dash} <span class="reason">${reason}</span>`;
}

/** A region that scrolls sideways where the page is too narrow for its table, also by keyboard. */
export function scrolling(label: string, table: Markup): Markup {
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="Table: ${label}">${table}</div>
`;
}
