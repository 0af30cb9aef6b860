import type { EnvironmentName } from "../../measure/facts.ts";
import type { Results } from "../../measure/results.ts";
import { durationText, numberText } from "../number-text.ts";
import { baselineFirst, labelOf, runOf } from "../run.ts";
import type { ReportInput } from "../run.ts";
import { blockPoints, rateUnit, roundStarts } from "./data.ts";
import type { BlockPoint } from "./data.ts";
import { draw, literal, measured, textSize } from "./draw.ts";
import type { Layer, Padding } from "./draw.ts";
import { spreadLabels } from "./labels.ts";
import { environmentShapes, lightTheme } from "./theme.ts";
import type { PlotTheme } from "./theme.ts";

/** What a plot of blocks over time shows. */
export interface BlockPlotOptions extends ReportInput {
  readonly series: string;
  /** Width in pixels; from 700 on, names stand beside the points. @default 860 */
  readonly width?: number;
  /** Colours and font. @default lightTheme */
  readonly theme?: PlotTheme;
}

type Axis = (field: string) => ReturnType<typeof measured>;

/** Every timed block of one series over time, a colour and a shape per environment, with the environments' medians. */
export async function blockPlot(options: BlockPlotOptions): Promise<string> {
  const { results, lines, series, width = 860, theme = lightTheme } = options;
  const wide = width >= 700;
  const height = wide ? 280 : 250;
  const padding: Padding = { left: 60, right: wide ? 240 : 10, top: 22, bottom: 50 };
  const inner = { width: width - padding.left - padding.right, height: height - padding.top - padding.bottom };
  const run = runOf(options);
  const points = blockPoints(run, lines, series);
  const unit = rateUnit(lines, series) ?? "items/s";
  const last = Math.max(1, ...points.map(({ time }) => time));
  // Long runs are told in minutes; the time of each point is divided accordingly.
  const tick = last > 600 ? { seconds: 60, name: "min" } : { seconds: 1, name: "s" };
  const title = `time since the start of the run, ${tick.name}`;
  const x: Axis = (field) =>
    measured(field, [0, (last / tick.seconds) * 1.02], {
      title,
      tickCount: 6,
      grid: false,
      line: true,
      titleAtStart: true,
    });
  const domain = rateDomain(points);
  const y: Axis = (field) => measured(field, domain, { title: unit, tickCount: 5, grid: true, line: false });
  const medians = medianRows(results, points, inner.height, domain, theme);
  const starts = roundStarts(run, lines).map(({ round, time }) => ({
    time: time / tick.seconds,
    text: `round ${round + 1}`,
  }));
  const drawn = points.map((point) => ({
    ...point,
    ...sign(point.environment, theme),
    time: point.time / tick.seconds,
  }));
  const layers: Layer[] = [
    ...roundLayers(starts, x, theme),
    {
      name: "median",
      data: { values: medians },
      mark: { type: "rule", strokeWidth: 1, opacity: 0.55, aria: false },
      encoding: { y: y("median"), x: { value: 0 }, x2: { value: inner.width }, color: literal("colour") },
    },
    {
      name: "block",
      data: { values: drawn },
      mark: { type: "point", filled: true, size: 42, opacity: 0.85, aria: false },
      encoding: { x: x("time"), y: y("rate"), color: literal("colour"), shape: literal("shape") },
    },
    ...(wide ? nameLayers(medians, inner.width, y, theme) : []),
  ];
  const said = medians.map(({ text, median }) => `${text} median ${numberText(median)}`).join("; ");
  const alt = `Throughput in ${unit} of ${points.length} blocks of series ${series} over ${durationText(last)}: ${said}.`;
  return draw({ layers, width, height, padding, theme, alt });
}

function sign(environment: EnvironmentName, theme: PlotTheme): { colour: string; shape: string } {
  return { colour: theme.environments[environment], shape: environmentShapes[environment] };
}

/** From a little below the lowest to a little above the highest rate. */
function rateDomain(points: readonly BlockPoint[]): [number, number] {
  if (points.length === 0) return [0, 1];
  const rates = points.map(({ rate }) => rate);
  const [low, high] = [rates.reduce((a, b) => Math.min(a, b)), rates.reduce((a, b) => Math.max(a, b))];
  const room = high > low ? 0.08 * (high - low) : 0.05 * high;
  return [low - room, high + room];
}

function roundLayers(starts: { time: number; text: string }[], x: Axis, theme: PlotTheme): Layer[] {
  return [
    {
      name: "round",
      data: { values: starts },
      mark: { type: "rule", color: theme.grid, aria: false },
      encoding: { x: x("time") },
    },
    {
      name: "roundName",
      data: { values: starts },
      mark: { type: "text", align: "left", dx: 3, color: theme.muted, aria: false },
      encoding: { x: x("time"), y: { value: -9 }, text: { field: "text", type: "nominal" } },
    },
  ];
}

interface MedianRow {
  readonly median: number;
  /** Where its name stands, on the axis of the medians. */
  readonly labelled: number;
  readonly colour: string;
  readonly shape: string;
  readonly text: string;
}

function medianRows(
  results: Results,
  points: readonly BlockPoint[],
  height: number,
  [low, high]: readonly [number, number],
  theme: PlotTheme,
): MedianRow[] {
  const known = baselineFirst(results).flatMap((result) => {
    const own = points.filter(({ environment }) => environment === result.environment);
    const sorted = own.map(({ rate }) => rate).sort((a, b) => a - b);
    const [lower, upper] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
    return lower === undefined || upper === undefined ? [] : [{ result, median: (lower + upper) / 2 }];
  });
  const wanted = known.map(({ median }) => ((high - median) / (high - low)) * height);
  const placed = spreadLabels(wanted, textSize + 4, 0, height);
  return known.map(({ result, median }, index) => ({
    median,
    labelled: high - ((placed[index] ?? 0) / height) * (high - low),
    text: labelOf(result),
    ...sign(result.environment, theme),
  }));
}

/** Names beside the plotting area, each led to its median by a line. */
function nameLayers(medians: MedianRow[], width: number, y: Axis, theme: PlotTheme): Layer[] {
  return [
    {
      name: "leader",
      data: { values: medians },
      mark: { type: "rule", strokeWidth: 1, opacity: 0.55, aria: false },
      encoding: {
        x: { value: width },
        x2: { value: width + 12 },
        y: y("median"),
        y2: { field: "labelled" },
        color: literal("colour"),
      },
    },
    {
      name: "nameSign",
      data: { values: medians },
      mark: { type: "point", filled: true, size: 42, aria: false },
      encoding: { x: { value: width + 19 }, y: y("labelled"), color: literal("colour"), shape: literal("shape") },
    },
    {
      name: "name",
      data: { values: medians },
      mark: { type: "text", align: "left", baseline: "middle", color: theme.ink, aria: false },
      encoding: { x: { value: width + 27 }, y: y("labelled"), text: { field: "text", type: "nominal" } },
    },
  ];
}
