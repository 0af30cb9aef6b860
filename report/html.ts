import { blockFigure, launchFigure, phaseName, ratioFigure } from "./html/figures.ts";
import { interferenceParts } from "./html/interference.ts";
import { methodSection, reproduceSection, steadinessSection } from "./html/method.ts";
import { htmlPage } from "./html/page.ts";
import { factsTables, launchTable, resultsTables } from "./html/tables.ts";
import { markup } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { durationText, momentText } from "./number-text.ts";
import { durationOf, runOf } from "./run.ts";
import type { ReportInput } from "./run.ts";
import { findings, profileNote, reportTitle, verdictText, warnings } from "./verdict.ts";

/**
 * The report as one HTML page that needs nothing else: style and pictures are within, nothing is fetched, no script
 * runs. The same input gives the same page.
 *
 * @param input The results and the record that they were derived from.
 * @returns The whole document.
 * @throws UnderlayError `record-without-run`, `record-mismatch`
 */
export async function htmlReport(input: ReportInput): Promise<string> {
  const { results } = input;
  const title = reportTitle(results);
  const [throughput, elapsed, blocks, launches, interference] = await Promise.all([
    ratioFigure(input, "throughput", 1),
    ratioFigure(input, "elapsed", 2),
    blockFigure(input, 3),
    launchFigure(input, 4),
    interferenceParts([{ name: null, results }], 5),
  ]);
  const generator = `underlay ${runOf(input).underlay}`;
  const body = markup`<header>
<h1>${title}</h1>
${metaLine(input)}
${warningBox(input)}
${verdictParagraph(input)}
</header>
<main>
<section aria-labelledby="throughput"><h2 id="throughput">Throughput</h2>
${throughput}${resultsTables(input, "throughput")}</section>
<section aria-labelledby="elapsed"><h2 id="elapsed">Elapsed time</h2>
${elapsed}${resultsTables(input, "elapsed")}</section>
<section aria-labelledby="blocks"><h2 id="blocks">Blocks over time</h2>
${blocks}</section>
${steadinessSection(input)}
<section aria-labelledby="launches"><h2 id="launches">Launch</h2>
${launches}${launchTable(input, phaseName)}</section>
${
  interference === null
    ? null
    : markup`<section aria-labelledby="interference"><h2 id="interference">Interference</h2>
${interference}</section>
`
}<section aria-labelledby="facts"><h2 id="facts">Environments</h2>
${machineText(input)}${factsTables(input)}</section>
${methodSection(input)}
${reproduceSection(input)}
</main>
<footer>Made by ${generator} from the record of run ${results.runId}.</footer>`;
  return htmlPage(title, body, generator);
}

function metaLine(input: ReportInput): Markup {
  const run = runOf(input);
  const words = [
    `run ${run.runId}`,
    momentText(run.at),
    `took ${durationText(durationOf(input.lines))}`,
    `profile ${run.profile}`,
    `underlay ${run.underlay}`,
  ];
  return markup`<p class="meta">${words.flatMap((word, index) => [index === 0 ? "" : " · ", markup`<span>${word}</span>`])}</p>`;
}

function warningBox({ results }: ReportInput): Markup | null {
  const notes = warnings(results);
  const profile = profileNote(results.profile);
  const box = (content: Markup): Markup => markup`<div class="note" role="note">${content}</div>
`;
  return markup`${notes.length === 0 ? null : box(markup`<ul>${notes.map((note) => markup`<li>${note}</li>`)}</ul>`)}${
    profile === null ? null : box(markup`<p>${profile}</p>`)
  }`;
}

function verdictParagraph({ results }: ReportInput): Markup {
  const details = findings(results).map(
    ({ label, text }) => markup`<li><b>${label}</b>: ${text}</li>
`,
  );
  const list = markup`<ul class="findings">${details}</ul><p class="reason">In brackets: 95\u00a0% intervals of the change.</p>`;
  return markup`<p class="verdict">${verdictText(results)}</p>${details.length === 0 ? null : list}`;
}

/** What “bare metal” means on a machine that is virtual itself. */
function machineText({ results }: ReportInput): Markup | null {
  const kinds = new Set(results.environments.map(({ facts }) => facts.machineVirtualisation));
  kinds.delete("none");
  if (kinds.size === 0) return null;
  return markup`<p>The machine itself is virtual (${[...kinds].join(", ")}): “bare-metal” means directly on that machine, without a
further layer.</p>
`;
}
