import type { PublishedNumber } from "../../catalogue/published/schema.ts";
import type { Evidence, NumberComparison } from "../../measure/published.ts";
import { dash, ratioText } from "../number-text.ts";
import { draw, literal, measured, pixels } from "./draw.ts";
import type { Layer, Padding } from "./draw.ts";
import { environmentShapes, lightTheme } from "./theme.ts";
import type { PlotTheme } from "./theme.ts";

/** What a plot of published numbers shows. */
export interface PublishedPlotOptions {
  /** Of one metric and one kind of comparison, so that one axis serves all. */
  readonly numbers: readonly NumberComparison[];
  /** Title of the axis. */
  readonly title: string;
  /** Width in pixels. @default 400 */
  readonly width?: number;
  /** Colours and font. @default lightTheme */
  readonly theme?: PlotTheme;
}

/** Heights in pixels: the line of a number's name, the line of a measured ratio, the room below both. */
const heights = { head: 19, line: 16, gap: 11 };
const padding: Padding = { left: 150, right: 10, top: 2, bottom: 46 };

/** A published number with its place, in pixels from the top of the plotting area. */
interface Row {
  readonly number: NumberComparison;
  readonly headY: number;
  readonly top: number;
  readonly bottom: number;
}

/** A measured ratio, or that there is none, with its place. */
interface Line {
  readonly row: Row;
  readonly evidence: Evidence | null;
  readonly middle: number;
  readonly textY: number;
}

/**
 * Published numbers against measured ones: a bar at what was published, shaded on the side that a published bound allows,
 * and a dot with its 95 % interval for every cell that measured the same.
 */
export async function publishedPlot(options: PublishedPlotOptions): Promise<string> {
  const { numbers, title, width = 400, theme = lightTheme } = options;
  const { rows, lines, end } = placed(numbers);
  const domain = publishedAxis(numbers);
  const x = (field: string) =>
    measured(field, domain, { title, tickCount: 5, format: ".1f", grid: false, line: true, titleAtStart: true });
  const layers: Layer[] = [
    ...publishedLayers(rows, domain, x, theme),
    {
      name: "baseline",
      data: { values: rows.map(({ top, bottom }) => ({ one: 1, top: top - 2, bottom: bottom + 2 })) },
      mark: { type: "rule", color: theme.muted, strokeDash: [2, 2], aria: false },
      encoding: { x: x("one"), y: pixels("top"), y2: { field: "bottom" } },
    },
    ...measuredLayers(lines, x, theme),
    ...textLayers(rows, lines, width, theme),
  ];
  const height = end + padding.top + padding.bottom;
  return draw({ layers, width, height, padding, theme, alt: altOf(options) });
}

/** From below the least to above the greatest of all that is drawn, 1 included. */
export function publishedAxis(numbers: readonly NumberComparison[]): [number, number] {
  const all = numbers.flatMap(({ number, measured: found }) => [
    number.ratio,
    ...found.flatMap(({ ratio, interval }) => [ratio ?? 1, interval?.low ?? 1, interval?.high ?? 1]),
  ]);
  const [low, high] = [Math.min(1, ...all), Math.max(1, ...all)];
  const room = Math.max(0.03, 0.06 * (high - low));
  return [Math.max(0, low - room), high + room];
}

function placed(numbers: readonly NumberComparison[]): { rows: Row[]; lines: Line[]; end: number } {
  const rows: Row[] = [];
  const lines: Line[] = [];
  let y = 0;
  for (const number of numbers) {
    const found: readonly (Evidence | null)[] = number.measured.length === 0 ? [null] : number.measured;
    const top = y + heights.head;
    const row = { number, headY: y + 13, top, bottom: top + found.length * heights.line };
    rows.push(row);
    found.forEach((evidence, index) => {
      const middle = top + (index + 0.5) * heights.line;
      lines.push({ row, evidence, middle, textY: middle + 4 });
    });
    y = row.bottom + heights.gap;
  }
  return { rows, lines, end: Math.max(0, y - heights.gap + 4) };
}

type Axis = (field: string) => ReturnType<typeof measured>;

/** The side of a published bound that it allows, and the bound or number itself. */
function publishedLayers(
  rows: readonly Row[],
  [low, high]: readonly [number, number],
  x: Axis,
  theme: PlotTheme,
): Layer[] {
  const bounded = rows.flatMap(({ number: { number }, top, bottom }) => {
    const allowed = allowedSide(number);
    if (allowed === null) return [];
    const [from, to] = allowed === "below" ? [low, number.ratio] : [number.ratio, high];
    return [{ from, to, top, bottom }];
  });
  return [
    {
      name: "allowed",
      data: { values: bounded },
      mark: { type: "rect", color: theme.grid, aria: false },
      encoding: { x: x("from"), x2: { field: "to" }, y: pixels("top"), y2: { field: "bottom" } },
    },
    {
      name: "published",
      data: { values: rows.map(({ number, top, bottom }) => ({ ratio: number.number.ratio, top, bottom })) },
      mark: { type: "rule", color: theme.ink, strokeWidth: 3, aria: false },
      encoding: { x: x("ratio"), y: pixels("top"), y2: { field: "bottom" } },
    },
  ];
}

function allowedSide({ relation }: PublishedNumber): "below" | "above" | null {
  if (relation === "about") return null;
  return relation === "at most" || relation === "below" ? "below" : "above";
}

function measuredLayers(lines: readonly Line[], x: Axis, theme: PlotTheme): Layer[] {
  const points = lines.flatMap(({ evidence, middle }) => {
    if (evidence?.ratio == null || evidence.interval === null) return [];
    const { ratio, interval, environment } = evidence;
    const { low, high } = interval;
    return [
      { ratio, low, high, middle, colour: theme.environments[environment], shape: environmentShapes[environment] },
    ];
  });
  const caps = points.flatMap(({ low, high, middle, colour }) =>
    [low, high].map((value) => ({ value, capTop: middle - 3, capBottom: middle + 3, colour })),
  );
  const rule = { type: "rule", strokeWidth: 1.5, aria: false } as const;
  return [
    {
      name: "whisker",
      data: { values: points },
      mark: rule,
      encoding: { x: x("low"), x2: { field: "high" }, y: pixels("middle"), color: literal("colour") },
    },
    {
      name: "cap",
      data: { values: caps },
      mark: rule,
      encoding: { x: x("value"), y: pixels("capTop"), y2: { field: "capBottom" }, color: literal("colour") },
    },
    {
      name: "measured",
      data: { values: points },
      mark: { type: "point", filled: true, size: 62, opacity: 1, stroke: theme.surface, strokeWidth: 1, aria: false },
      encoding: { x: x("ratio"), y: pixels("middle"), fill: literal("colour"), shape: literal("shape") },
    },
  ];
}

interface Text {
  readonly textY: number;
  readonly text: string;
}

function textLayers(rows: readonly Row[], lines: readonly Line[], width: number, theme: PlotTheme): Layer[] {
  const layer = (name: string, values: Text[], at: number, align: "left" | "right", color: string): Layer => ({
    name,
    data: { values },
    mark: { type: "text", align, baseline: "alphabetic", color, aria: false },
    encoding: { x: { value: at }, y: pixels("textY"), text: { field: "text", type: "nominal" } },
  });
  const inner = width - padding.left - padding.right;
  const heads = rows.map(({ number, headY }) => ({ textY: headY, text: nameOf(number) }));
  const words = rows.map(({ number, headY }) => ({
    textY: headY,
    text: `“${shortened(number.number.words, nameOf(number))}”`,
  }));
  const cells = lines.map(({ evidence, textY }) => ({ textY, text: cellText(evidence) }));
  return [
    layer("name", heads, 2 - padding.left, "left", theme.ink),
    layer("words", words, inner, "right", theme.ink),
    layer("cell", cells, 10 - padding.left, "left", theme.muted),
  ];
}

function nameOf({ environment, statement }: NumberComparison): string {
  return `${environment}, ${statement.conditions.scenarios.join(", ")}`;
}

/** As much of the source's words as fits beside a name; the tables have all of it. */
function shortened(words: string, name: string): string {
  const limit = Math.max(18, 55 - name.length);
  return words.length <= limit ? words : `${words.slice(0, limit - 1).trimEnd()}…`;
}

function cellText(evidence: Evidence | null): string {
  if (evidence === null) return "not measured";
  const { model, batchSize } = evidence.cell;
  return `${model}, ${evidence.series === "imagenet" ? "real" : "synth."}, ${batchSize}`;
}

function altOf({ numbers, title }: PublishedPlotOptions): string {
  const said = numbers.map((comparison) => {
    const { number, measured: found, publication } = comparison;
    const ours = found.map(({ cell, ratio }) => `${cell.model} ${ratio === null ? dash : ratioText(ratio)}`);
    const measuredText = ours.length === 0 ? "not measured" : `measured ${ours.join(", ")}`;
    return `${nameOf(comparison)}: ${publication} ${number.relation} ${ratioText(number.ratio)}, ${measuredText}`;
  });
  return `Published and measured ratios, ${title}. ${said.join("; ")}.`;
}
