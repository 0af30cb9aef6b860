import type { EnvironmentName } from "../../measure/facts.ts";
import { launchBreakdown } from "../launches.ts";
import { markup, trusted } from "../markup.ts";
import type { Content, Markup } from "../markup.ts";
import { blockPlot, launchPlot, ratioPlot } from "../plots.ts";
import { environmentShapes, pageTheme } from "../plots/theme.ts";
import { baselineFirst, intervalMethods, labelOf, labelOfName, seriesOf } from "../run.ts";
import type { Metric, ReportInput } from "../run.ts";

const theme = pageTheme;

/** Pictures side by side, one for each series, with a caption below. */
export async function ratioFigure(input: ReportInput, metric: Metric, number: number): Promise<Markup> {
  const { results } = input;
  const all = seriesOf(results);
  const panels = await Promise.all(
    all.map(async (series) => {
      const svg = trusted(await ratioPlot({ results, series, metric, theme }));
      return markup`<div class="panel">${seriesTitle(all, series)}${svg}</div>`;
    }),
  );
  const baseline = labelOfName(results, results.baseline);
  const methods = intervalMethods(results, metric);
  const whiskers =
    methods.length === 0
      ? "No interval could be made."
      : `Whiskers: 95 % intervals of the ratio (${methods.join("; ")}).`;
  const caption =
    metric === "throughput"
      ? markup`<b>Throughput relative to ${baseline}.</b> Items per second over the timed steps; below 1 is slower.`
      : markup`<b>Elapsed time relative to ${baseline}.</b> From launch to end, waiting for other environments left out;
above 1 is slower.`;
  return figure(
    number,
    markup`<div class="panels">${panels}</div>`,
    markup`${caption} ${whiskers} The dotted line marks the baseline.`,
  );
}

/** Every block over time, one panel for each series, in a wide and a narrow drawing. */
export async function blockFigure(input: ReportInput, number: number): Promise<Markup> {
  const all = seriesOf(input.results);
  const strips = await Promise.all(
    all.map(async (series) => {
      const wide = trusted(await blockPlot({ ...input, series, theme }));
      const narrow = trusted(await blockPlot({ ...input, series, width: 400, theme }));
      return markup`<div class="strip">${seriesTitle(all, series)}<div class="wide">${wide}</div>
<div class="narrow">${narrow}</div></div>`;
    }),
  );
  const caption = markup`<b>Every timed block over the run.</b> A point is one block, placed at its end; a thin line is an
environment’s median. Blocks of all environments are interleaved, so that drift of the machine hits all alike. The
vertical axis does not start at zero.`;
  return figure(number, markup`${legend(input)}${strips}`, caption);
}

/** Where the time of a launch goes. */
export async function launchFigure({ results, lines }: ReportInput, number: number): Promise<Markup> {
  const { phases } = launchBreakdown(results, lines);
  const wide = trusted(await launchPlot({ results, lines, theme }));
  const narrow = trusted(await launchPlot({ results, lines, width: 400, theme }));
  const keys = phases.map((phase, index) => {
    const shade = Math.min(index, theme.phases.length - 1);
    return markup`<li><span class="swatch" style="background:var(--phase-${shade})"></span>${phaseName(phase)}</li>
`;
  });
  const caption = markup`<b>Launch, by part.</b> Means over the rounds. “start” is what the way into the environment costs,
before the program’s first statement; the other parts are the program’s own.`;
  const pictures = markup`<ul class="legend">${keys}</ul><div class="wide">${wide}</div><div class="narrow">${narrow}</div>`;
  return figure(number, pictures, caption);
}

/** The name of a part of a launch in words: `warmUp` is `warm-up`. */
export function phaseName(phase: string): string {
  return phase.replace(/([a-z])([A-Z])/g, "$1-$2").toLowerCase();
}

/** A figure with its number and caption. */
export function figure(number: number, pictures: Content, caption: Markup): Markup {
  return markup`<figure id="figure-${number}">${pictures}
<figcaption>Figure ${number}. ${caption}</figcaption></figure>
`;
}

/** Title of a panel; null where one series needs none. */
export function seriesTitle(all: readonly string[], series: string): Markup | null {
  return all.length === 1 ? null : markup`<h3>${series}</h3>`;
}

/** Names with their signs, for narrow pages, where names do not fit beside the points. */
function legend({ results }: ReportInput): Markup {
  const entries = baselineFirst(results).map((result) => {
    const { environment } = result;
    return markup`<li>${signOf(environment)}${labelOf(result)}</li>
`;
  });
  return markup`<ul class="legend narrow">${entries}</ul>`;
}

const outlines: Readonly<Record<string, string>> = {
  circle: "M10 5a5 5 0 1 1-10 0a5 5 0 1 1 10 0Z",
  square: "M1 1h8v8h-8Z",
  "triangle-up": "M5 .5 10 9.5H0Z",
  diamond: "M5 0 9 5 5 10 1 5Z",
  "triangle-down": "M5 9.5 10 .5H0Z",
  cross: "M3.5 0h3v3.5H10v3H6.5V10h-3V6.5H0v-3h3.5Z",
};

function signOf(environment: EnvironmentName): Markup {
  const outline = outlines[environmentShapes[environment]] ?? "";
  return markup`<svg viewBox="0 0 10 10" aria-hidden="true"><path d="${outline}" fill="var(--${environment})"/></svg>`;
}
