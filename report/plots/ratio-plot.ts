import type { Results } from "../../measure/results.ts";
import { labelOfName } from "../run.ts";
import type { Metric } from "../run.ts";
import { ratioRows } from "./data.ts";
import type { RatioRow } from "./data.ts";
import { draw, literal, measured, pixels } from "./draw.ts";
import type { Layer } from "./draw.ts";
import { rowLayout, rowPadding, rowPixels, textLayer } from "./rows.ts";
import type { RowPixels } from "./rows.ts";
import { lightTheme } from "./theme.ts";
import type { PlotTheme } from "./theme.ts";

/** What a plot of ratios shows. */
export interface RatioPlotOptions {
  readonly results: Results;
  readonly series: string;
  readonly metric: Metric;
  /** Width in pixels. The default fits a narrow page, and two stand side by side on a wide one. @default 400 */
  readonly width?: number;
  /** Colours and font. @default lightTheme */
  readonly theme?: PlotTheme;
}

/** Names of the metrics in titles. */
const titles: Record<Metric, string> = { throughput: "throughput", elapsed: "time from launch to end" };

/** Bars of one metric of one series, each environment ÷ baseline, from zero, with the 95 % interval as a whisker. */
export async function ratioPlot(options: RatioPlotOptions): Promise<string> {
  const { results, series, metric, width = 400, theme = lightTheme } = options;
  const rows = ratioRows(results, series, metric);
  const title = `${titles[metric]} ÷ that of ${labelOfName(results, results.baseline)}`;
  const about = `Bars of ${titles[metric]} relative to ${results.baseline}, series ${series}`;
  return ratioBars({ rows, title, about, width, theme, end: ratioAxisEnd(rows) });
}

/** Bars of ratios, ready to be drawn. */
export interface RatioBars {
  readonly rows: readonly RatioRow[];
  /** Of the axis. */
  readonly title: string;
  /** What it shows, for those who do not see it; the rows are added. */
  readonly about: string;
  readonly width: number;
  readonly theme: PlotTheme;
  /** Where the axis ends; see `ratioAxisEnd`. */
  readonly end: number;
}

/** Bars from zero with the 95 % interval as a whisker, and a dotted line at 1. */
export async function ratioBars({ rows, title, about, width, theme, end: top }: RatioBars): Promise<string> {
  const placed = rows.map((row, index) => ({
    ...row,
    ...rowPixels(index),
    colour: theme.environments[row.environment],
  }));
  const x = (field: string) =>
    measured(field, [0, top], { title, tickCount: 5, format: ".1f", grid: false, line: true, titleAtStart: true });
  const inner = width - rowPadding.left - rowPadding.right;
  const texts = (name: "label" | "valueText") => placed.map(({ textY, [name]: text }) => ({ textY, text }));
  const notes = placed
    .filter(({ ratio }) => ratio === null)
    .map(({ note, middle }) => ({ textY: middle + 4, text: shortened(note) }));
  const layers: Layer[] = [
    {
      name: "bar",
      data: { values: placed.filter(({ ratio }) => ratio !== null).map((row) => ({ ...row, zero: 0 })) },
      mark: { type: "rect", aria: false },
      encoding: {
        x: x("zero"),
        x2: { field: "ratio" },
        y: pixels("top"),
        y2: { field: "bottom" },
        color: literal("colour"),
      },
    },
    {
      name: "baseline",
      data: {
        values: placed
          .filter(({ ratio }) => ratio !== null)
          .map((row) => ({ one: 1, from: row.top - 3, to: row.bottom + 3 })),
      },
      mark: { type: "rule", color: theme.ink, strokeDash: [2, 2], aria: false },
      encoding: { x: x("one"), y: pixels("from"), y2: { field: "to" } },
    },
    ...whiskers(placed, x, theme),
    textLayer("name", texts("label"), { x: 0, align: "left" }, theme),
    textLayer("value", texts("valueText"), { x: inner, align: "right" }, theme),
    textLayer("note", notes, { x: 8, align: "left" }, theme),
  ];
  const height = rows.length * rowLayout.height + rowPadding.top + rowPadding.bottom;
  return draw({ layers, width, height, padding: rowPadding, theme, alt: altOf(rows, about) });
}

/** As much of a reason as fits where a bar would be; the tables have all of it. */
function shortened(note: string): string {
  const limit = 56;
  return note.length <= limit ? note : `${note.slice(0, limit - 1).trimEnd()}…`;
}

/** Where the axis of these ratios ends: beyond 1 and beyond every bar and whisker. */
export function ratioAxisEnd(rows: readonly RatioRow[]): number {
  return Math.max(1, ...rows.flatMap(({ ratio, high }) => [ratio ?? 0, high ?? 0])) * 1.06;
}

type Axis = (field: string) => ReturnType<typeof measured>;

function whiskers(rows: readonly (RatioRow & RowPixels)[], x: Axis, theme: PlotTheme): Layer[] {
  const known = rows.filter(({ low, high }) => low !== null && high !== null);
  const caps = known.flatMap(({ low, high, middle }) =>
    [low, high].map((value) => ({ value, capTop: middle - 4, capBottom: middle + 4 })),
  );
  const mark = { type: "rule", color: theme.ink, strokeWidth: 1.5, aria: false } as const;
  return [
    {
      name: "whisker",
      data: { values: known },
      mark,
      encoding: { x: x("low"), x2: { field: "high" }, y: pixels("middle") },
    },
    {
      name: "cap",
      data: { values: caps },
      mark,
      encoding: { x: x("value"), y: pixels("capTop"), y2: { field: "capBottom" } },
    },
  ];
}

function altOf(rows: readonly RatioRow[], about: string): string {
  const said = rows.map(({ label, valueText, note }) => `${label} ${valueText}${note === "" ? "" : `, ${note}`}`);
  return `${about}: ${said.join("; ")}.`;
}
