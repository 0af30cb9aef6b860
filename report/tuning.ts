import type { Distribution } from "../measure/results.ts";
import type { Objective, TunedSize, Tuning } from "../measure/tuning.ts";
import { columnLines } from "./columns.ts";
import { figure } from "./html/figures.ts";
import { htmlPage } from "./html/page.ts";
import { type Markup, markup, trusted } from "./markup.ts";
import { dash, listText, numberText } from "./number-text.ts";
import { type SizeCurve, type SizePoint, sizePlot } from "./plots/size-plot.ts";
import { pageTheme } from "./plots/theme.ts";

const p95 = 0.95;

/** A point of a curve from a mean; none where there is no mean. */
export function meanPoint(memoryMiB: number, found: Distribution | null): SizePoint[] {
  return found?.mean == null ? [] : [{ memoryMiB, value: found.mean, interval: found.interval }];
}

function percentilePoint({ memoryMiB, latency }: TunedSize, p: number): SizePoint[] {
  const found = latency?.percentiles.find((each) => each.p === p);
  return found?.value == null ? [] : [{ memoryMiB, value: found.value, interval: found.interval }];
}

/** A mean with its interval, in words. */
export function meanText(found: Distribution | null): string {
  if (found?.mean == null) return dash;
  const range =
    found.interval === null ? "" : ` (${numberText(found.interval.low, 3)} to ${numberText(found.interval.high, 3)})`;
  return `${numberText(found.mean, 3)}${range}`;
}

/** A percentile in words; a dash where so few requests cannot carry it. */
export function percentileText(found: Distribution | null, p: number): string {
  const value = found?.percentiles.find((each) => each.p === p)?.value;
  return value == null ? dash : numberText(value, 3);
}

function objectiveText(objective: Objective): string {
  if (objective.by === "weight")
    return `weight ${objective.weight} on latency, ${Number((1 - objective.weight).toFixed(4))} on cost`;
  const of = objective.percentile === null ? "mean" : `p${Number((objective.percentile * 100).toFixed(4))}`;
  return `${of} of warm requests within ${objective.limitSec} s`;
}

/** The recommendation in one sentence. */
export function tuningSentence({ model, sizes, recommended, reason, ties, currency }: Tuning): string {
  const best = sizes.find(({ memoryMiB }) => memoryMiB === recommended);
  if (best === undefined) return `No size can be recommended for ${model}: ${reason}.`;
  const alike =
    ties.length === 0 ? "" : ` The data cannot tell ${listText(ties.map((size) => `${size} MiB`))} from it.`;
  return (
    `Give ${model} ${best.memoryMiB} MiB (${reason}): a warm request takes ${meanText(best.latency)} s and a thousand ` +
    `predictions cost ${currency} ${meanText(best.cost)}.${alike}`
  );
}

const heads = ["memory", "warm mean, s", "p95, s", "cold mean, s", "cost of 1000", "used, MiB", ""];
/** Columns that stand to the right: all but the note. */
const numbers: readonly number[] = [0, 1, 2, 3, 4, 5];

function rowOf(size: TunedSize, recommended: number | null): string[] {
  const { memoryMiB, latency, cold, cost, cannotRun, onFront, costReason, memoryUsedMiB } = size;
  const note =
    cannotRun !== null
      ? `cannot run: ${cannotRun}`
      : [memoryMiB === recommended ? "recommended" : "", onFront ? "front" : "", costReason ?? ""]
          .filter(Boolean)
          .join(", ");
  return [
    ...[String(memoryMiB), meanText(latency), percentileText(latency, p95), meanText(cold), meanText(cost)],
    ...[memoryUsedMiB === null ? dash : numberText(memoryUsedMiB, 3), note],
  ];
}

/** The sizes as a table of text, with the recommendation below. */
export function tuningText(tuning: Tuning): string {
  const rows = [heads, ...tuning.sizes.map((size) => rowOf(size, tuning.recommended))];
  const lines = columnLines(rows, numbers);
  return [...lines, "", `${tuning.book}; ${objectiveText(tuning.objective)}.`, tuningSentence(tuning), ""].join("\n");
}

/** The sizes that have a number, as curves of latency and of cost. */
async function figures({ sizes, recommended, currency }: Tuning): Promise<Markup[]> {
  const names = sizes.map(({ memoryMiB }) => memoryMiB);
  const notes = new Map(
    sizes.flatMap(({ memoryMiB, cannotRun }) => (cannotRun === null ? [] : [[memoryMiB, "✕"] as const])),
  );
  const shared = { sizes: names, notes, marked: recommended, theme: pageTheme };
  const curve = (name: string, points: (size: TunedSize) => SizePoint[]): SizeCurve => ({
    name,
    points: sizes.flatMap(points),
  });
  const latency = await sizePlot({
    ...shared,
    title: "response time in s",
    curves: [
      curve("warm, mean", ({ memoryMiB, latency: found }) => meanPoint(memoryMiB, found)),
      curve("warm, p95", (size) => percentilePoint(size, p95)),
    ].filter(({ points }) => points.length > 0),
  });
  const cost = await sizePlot({
    ...shared,
    title: `${currency} for 1000 predictions`,
    curves: [curve("cost, mean", ({ memoryMiB, cost: found }) => meanPoint(memoryMiB, found))],
  });
  const panel = (title: string, svg: string): Markup =>
    markup`<div class="panel"><h3>${title}</h3>${trusted(svg)}</div>`;
  const caption = markup`Whiskers: 95&nbsp;% intervals. ▲ is the recommended size; ✕ one at which the model cannot run. A
percentile that so few requests cannot carry is left out.`;
  return [figure(1, markup`<div class="panels">${[panel("Latency", latency), panel("Cost", cost)]}</div>`, caption)];
}

/** What memory to give a function, as one HTML page that fetches nothing. */
export async function tuningPage(tuning: Tuning): Promise<string> {
  const rows = tuning.sizes.map((size) => {
    const row = rowOf(size, tuning.recommended);
    const [first, ...rest] = row.slice(0, -1);
    const note = row.at(-1) ?? "";
    return markup`<tr><th scope="row">${first ?? ""}</th>${rest.map((cell) => markup`<td class="number">${cell}</td>`)}<td>${note}</td></tr>
`;
  });
  const body = markup`<header><h1>Memory for ${tuning.model}</h1>
<p class="verdict">${tuningSentence(tuning)}</p></header>
<main>${await figures(tuning)}
<div class="scroll"><table><thead><tr>${heads.map((head) => markup`<th scope="col" class="number">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>
<p>${tuning.book}; ${objectiveText(tuning.objective)}. In brackets: 95&nbsp;% intervals of the mean. “front”: no other size has
both a lower mean latency and a lower mean cost.</p></main>`;
  return htmlPage(`Memory for ${tuning.model}`, body, "underlay");
}
