import type { Results } from "../../measure/results.ts";
import { interferenceTables } from "../interference.ts";
import type { InterferenceRow } from "../interference.ts";
import { markup, trusted } from "../markup.ts";
import type { Markup } from "../markup.ts";
import { interferenceRows } from "../plots/data.ts";
import { interferencePlot } from "../plots/interference-plot.ts";
import { ratioAxisEnd } from "../plots/ratio-plot.ts";
import { pageTheme } from "../plots/theme.ts";
import { figure } from "./figures.ts";
import { numberHead, scrolling } from "./tables.ts";

/** Results with what they are called where several stand beside each other. */
export interface NamedResults {
  readonly name: string | null;
  readonly results: Results;
}

/**
 * What trainings lost beside other programs, and to what: a figure with a panel for each result and series, on one axis,
 * and a table; null where nothing is held against the same work alone.
 *
 * @param all One run, or the cells of a study.
 * @param number Of the figure on the page.
 */
export async function interferenceParts(all: readonly NamedResults[], number: number): Promise<Markup | null> {
  const shown = all.flatMap(({ name, results }) =>
    interferenceTables(results).map((table) => {
      return { results, table, title: [...(name === null ? [] : [name]), table.series].join(", ") };
    }),
  );
  if (shown.length === 0) return null;
  const end = Math.max(...shown.map(({ results, table }) => ratioAxisEnd(interferenceRows(results, table.series))));
  const panels = await Promise.all(
    shown.map(async ({ results, table: { series }, title }) => {
      const svg = trusted(await interferencePlot({ results, series, end, theme: pageTheme }));
      return markup`<div class="panel"><h3>${title}</h3>${svg}</div>`;
    }),
  );
  const caption = markup`<b>What is left of the throughput beside another training.</b> Of the same work alone, over pairs of
blocks; below 1 is slower. Whiskers: 95&nbsp;% intervals. The dotted line marks the throughput alone.`;
  const heads = [numberHead("ratio"), numberHead("95\u00a0% interval"), numberHead("n")];
  const bodies = shown.map(
    ({ title, table: { rows } }) => markup`<tbody><tr class="group"><th colspan="7" scope="rowgroup">${title}</th></tr>
${rows.map(interferenceRow)}</tbody>
`,
  );
  return markup`${figure(number, markup`<div class="panels">${panels}</div>`, caption)}${scrolling(
    "Interference",
    markup`<table><caption><span><b>What suffers, and why</b>: throughput beside ÷ alone. A cause is named when it carries at
least half of the extra time of a credible slowdown.</span></caption>
<thead><tr><th scope="col">environment</th>${heads}<th scope="col" class="verdicts">verdict</th><th scope="col" class="verdicts">largest cause</th><th scope="col">background</th></tr></thead>
${bodies}</table>`,
  )}${note}`;
}

const note = markup`<p class="reason">Extra time is CPU time as far as the same work took more of it, at the parallelism that it
had alone. The other extra time was spent waiting, for what the kernel’s pressure tells; as pressure is that of all tasks, it is
never counted for more than that time. CPU time of a guest whose hypervisor tells no steal may be waiting for a CPU of the host.</p>
`;

function interferenceRow(row: InterferenceRow): Markup {
  const numbers = [row.ratio, row.interval, row.n].map((text) => markup`<td class="number">${text}</td>`);
  const emphasis = row.verdict === "slower" || row.verdict === "faster" ? markup` class="${row.verdict}"` : null;
  const said = [row.reason, row.split].filter((text) => text !== null);
  const counters =
    row.evidence.length === 0
      ? null
      : markup`<details><summary>counters beside and alone, per item or as shares of time</summary><ul>${row.evidence.map((text) => markup`<li>${text}</li>`)}</ul></details>`;
  const why = markup`<tr class="why"><td colspan="7">${said.join(". ")}.${counters}</td></tr>
`;
  return markup`<tr><th scope="row">${row.environment}</th>${numbers}<td><span${emphasis}>${row.verdict}</span></td><td>${row.cause}</td><td>${row.background}</td></tr>
${said.length === 0 ? null : why}`;
}
