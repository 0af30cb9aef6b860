import type { RecordLine } from "../../measure/record.ts";
import type { Results } from "../../measure/results.ts";
import { launchBreakdown } from "../launches.ts";
import type { LaunchBreakdown } from "../launches.ts";
import { dash, numberText } from "../number-text.ts";
import { draw, literal, measured, pixels } from "./draw.ts";
import type { Layer } from "./draw.ts";
import { rowLayout, rowPadding, rowPixels, textLayer } from "./rows.ts";
import { lightTheme } from "./theme.ts";
import type { PlotTheme } from "./theme.ts";

/** What a plot of launches shows. */
export interface LaunchPlotOptions {
  readonly results: Results;
  readonly lines: readonly RecordLine[];
  /** Width in pixels. @default 860 */
  readonly width?: number;
  /** Colours and font. @default lightTheme */
  readonly theme?: PlotTheme;
}

/** What a launch takes in each environment, split into its parts; means over the rounds, in seconds. */
export async function launchPlot({
  results,
  lines,
  width = 860,
  theme = lightTheme,
}: LaunchPlotOptions): Promise<string> {
  const breakdown = launchBreakdown(results, lines);
  const { environments } = breakdown;
  const inner = width - rowPadding.left - rowPadding.right;
  const end = Math.max(0.001, ...environments.map(({ seconds }) => seconds ?? 0)) * 1.02;
  const title = "mean time from launch to readiness, s";
  const x = (field: string) =>
    measured(field, [0, end], { title, tickCount: 6, grid: false, line: true, titleAtStart: true });
  const parts = segments(breakdown, inner / end, theme);
  const names = environments.map(({ label, seconds, n }, index) => ({
    ...rowPixels(index),
    label,
    value: seconds === null ? `${dash} no launch succeeded` : `${numberText(seconds, 3)} s (n = ${n})`,
  }));
  const layers: Layer[] = [
    {
      name: "part",
      data: { values: parts },
      mark: { type: "rect", aria: false, stroke: theme.surface, strokeWidth: 1 },
      encoding: {
        x: x("from"),
        x2: { field: "to" },
        y: pixels("top"),
        y2: { field: "bottom" },
        color: literal("colour"),
      },
    },
    {
      name: "partSeconds",
      data: { values: parts.filter(({ text }) => text !== "") },
      mark: { type: "text", baseline: "middle", dy: 1, fontSize: 11, aria: false },
      encoding: {
        x: x("centre"),
        y: pixels("middle"),
        text: { field: "text", type: "nominal" },
        color: literal("ink"),
      },
    },
    textLayer(
      "name",
      names.map(({ textY, label }) => ({ textY, text: label })),
      { x: 0, align: "left" },
      theme,
    ),
    textLayer(
      "value",
      names.map(({ textY, value }) => ({ textY, text: value })),
      { x: inner, align: "right" },
      theme,
    ),
  ];
  const height = environments.length * rowLayout.height + rowPadding.top + rowPadding.bottom;
  const alt = `Mean launch by environment: ${names.map(({ label, value }) => `${label} ${value}`).join("; ")}.`;
  return draw({ layers, width, height, padding: rowPadding, theme, alt });
}

/** The coloured pieces of all bars, with their seconds written in where there is room. */
function segments({ phases, environments }: LaunchBreakdown, pixelsPerSecond: number, theme: PlotTheme) {
  return environments.flatMap((environment, index) => {
    let from = 0;
    return environment.phases.flatMap((seconds, phase) => {
      if (seconds === null) return [];
      const shade = Math.min(phase, theme.phases.length - 1);
      const to = from + seconds;
      const segment = {
        ...rowPixels(index),
        phase: phases[phase],
        from,
        to,
        centre: (from + to) / 2,
        colour: theme.phases[shade],
        ink: theme.phaseInks[shade],
        text: seconds * pixelsPerSecond >= 34 ? numberText(seconds, seconds < 10 ? 2 : 3) : "",
      };
      from = to;
      return [segment];
    });
  });
}
