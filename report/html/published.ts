import type { AgainstPublished, NumberComparison } from "../../measure/published.ts";
import { markup, trusted } from "../markup.ts";
import type { Markup } from "../markup.ts";
import { publishedPlot } from "../plots/published-plot.ts";
import { pageTheme } from "../plots/theme.ts";
import { publishedRows } from "../published.ts";
import type { FindingRow, Footnote, ScenarioRows, StatementRows } from "../published.ts";

/**
 * The section “Against the published results”: what the source states in numbers beside what the study measured, and each
 * of its findings with the verdict of the study's data, the ratio that decided and the reason.
 *
 * @param against A study held against a publication.
 * @param number Of the figure on the page. @default 1
 */
export async function publishedSection(against: AgainstPublished, number = 1): Promise<Markup> {
  const { scenarios, footnotes, summary, citation } = publishedRows(against);
  const { name } = against.published;
  return markup`<section aria-labelledby="published"><h2 id="published">Against the published results</h2>
<p>${summary} A finding is agreed with only when the 95&nbsp;% intervals of all its comparisons lie within what it claims, and
disagreed with only when one lies outside, also when widened for their number; otherwise the data cannot tell. What sets this study
apart from ${name} is listed below; letters refer to what concerns single findings.</p>
${await publishedFigure(against, number)}
${footnoteList(name, footnotes)}
${scenarios.map(scenarioTable)}
<p class="reason">${name}: ${citation}.</p>
</section>
`;
}

interface Panel {
  readonly heading: string;
  readonly title: string;
  readonly shows: (comparison: NumberComparison) => boolean;
}

const panels: readonly Panel[] = [
  {
    heading: "Throughput",
    title: "throughput ÷ that of bare metal",
    shows: ({ number }) => number.compared === "environments" && number.metric === "throughput",
  },
  {
    heading: "Elapsed time",
    title: "elapsed time ÷ that of bare metal",
    shows: ({ number }) => number.compared === "environments" && number.metric === "elapsed",
  },
  {
    heading: "Shared host",
    title: "elapsed time, shared ÷ alone",
    shows: ({ number }) => number.compared === "interference",
  },
];

async function publishedFigure({ published, numbers }: AgainstPublished, number: number): Promise<Markup> {
  const shown = panels.flatMap((panel) => {
    const own = numbers.filter(panel.shows);
    return own.some(({ measured }) => measured.length > 0) ? [{ ...panel, own }] : [];
  });
  const left = panels.filter(
    ({ heading, shows }) => numbers.some(shows) && !shown.some((each) => each.heading === heading),
  );
  const missing = left.map(({ heading }) => heading.toLowerCase()).join(" and ");
  const unmeasured = missing === "" ? null : `Nothing was measured of what it states on: ${missing}.`;
  if (shown.length === 0) return markup`<p>None of the numbers that ${published.name} states was measured.</p>`;
  const drawn = await Promise.all(
    shown.map(async ({ heading, title, own }) => {
      const svg = trusted(await publishedPlot({ numbers: own, title, theme: pageTheme }));
      return markup`<div class="panel"><h3>${heading}</h3>${svg}</div>`;
    }),
  );
  return markup`<figure id="figure-${number}"><div class="panels">${drawn}</div>
<figcaption>Figure ${number}. <b>This study against the numbers that ${published.name} states.</b> Thick bar: as published, in its
own words above; shaded: what a published bound allows. Dots: this study, with 95&nbsp;% intervals, by model, data and batch
size. The dotted line marks equality. The horizontal axis does not start at zero.${unmeasured === null ? null : ` ${unmeasured}`}</figcaption></figure>
`;
}

function footnoteList(name: string, footnotes: readonly Footnote[]): Markup | null {
  if (footnotes.length === 0) return null;
  const entries = footnotes.map(
    ({ letter, text }) => markup`<dt>${letter ?? "all"}</dt><dd>${text}</dd>
`,
  );
  return markup`<h3>What sets this study apart from ${name}</h3>
<dl class="letters">${entries}</dl>
`;
}

function scenarioTable({ title, statements }: ScenarioRows): Markup {
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="Table: ${title}"><table class="published">
<caption><span><b>${title}.</b> Findings below the sentence that they are taken from; of several comparisons the one that decides is
shown.</span></caption>
<thead><tr><th scope="col">finding</th><th scope="col" class="number">ratio</th><th scope="col" class="number short">95&nbsp;% interval</th><th scope="col" class="number">n</th><th scope="col" class="verdicts">verdict</th></tr></thead>
${statements.map(statementBody)}</table></div>
`;
}

function statementBody({ quote, place, note, rows }: StatementRows): Markup {
  const reading = note === null ? null : markup` <span class="reason">${note}</span>`;
  return markup`<tbody><tr class="quoted"><th colspan="5" scope="rowgroup"><q>${quote}</q> <span class="reason">${place}.</span>${reading}</th></tr>
${rows.map(findingRow)}</tbody>
`;
}

/** A class of its own for each verdict, as the sheet of style knows it. */
const emphasis = { agrees: "agrees", disagrees: "disagrees", "cannot tell": "open" } as const;

function findingRow({ title, ratio, interval, n, verdict, why, letters, comparisons }: FindingRow): Markup {
  const notes = letters.length === 0 ? null : markup` <sup>${letters.join(",\u2009")}</sup>`;
  const all =
    comparisons.length === 0
      ? null
      : markup`<details><summary>all ${comparisons.length} comparisons</summary><ul>${comparisons.map((text) => markup`<li>${text}</li>`)}</ul></details>`;
  return markup`<tr><th scope="row">${title}</th><td class="number">${ratio}</td><td class="number">${interval}</td><td class="number">${n}</td><td><span class="${emphasis[verdict]}">${verdict}</span>${notes}</td></tr>
<tr class="why"><td colspan="5">${why}.${all}</td></tr>
`;
}
