/** Vega, on plain Node: layers in, an SVG out. The only file that knows Vega. */
import { View, parse } from "vega";
import { compile } from "vega-lite";
import type { TopLevelSpec } from "vega-lite";
import { escapeHtml, withoutControls } from "../markup.ts";
import type { PlotTheme } from "./theme.ts";

/** One layer of a plot: data, a mark and how the one becomes the other. */
export type Layer = Extract<TopLevelSpec, { layer: unknown }>["layer"][number];

/** Room around the plotting area, in pixels. */
export interface Padding {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A plot, ready to be drawn. */
export interface Drawing {
  readonly layers: Layer[];
  /** Of the whole plot, in pixels. */
  readonly width: number;
  /** Of the whole plot, in pixels. */
  readonly height: number;
  readonly padding: Padding;
  readonly theme: PlotTheme;
  /** What it shows, in words, for those who do not see it. */
  readonly alt: string;
}

/** Size of all text, in pixels. */
export const textSize = 12;

/** Draws a plot as an SVG element that scales with its container and carries its description. */
export async function draw({ layers, width, height, padding, theme, alt }: Drawing): Promise<string> {
  const spec: TopLevelSpec = {
    width: width - padding.left - padding.right,
    height: height - padding.top - padding.bottom,
    padding: { ...padding },
    autosize: "none",
    background: "transparent",
    layer: layers,
    config: {
      aria: false,
      font: theme.font,
      view: { stroke: null },
      axis: {
        labelColor: theme.muted,
        titleColor: theme.muted,
        tickColor: theme.muted,
        domainColor: theme.muted,
        gridColor: theme.grid,
        labelFontSize: textSize,
        titleFontSize: textSize,
        titleFontWeight: "normal",
        titlePadding: 9,
      },
      text: { fontSize: textSize, color: theme.ink },
    },
  };
  const svg = await new View(parse(compile(spec).spec), { renderer: "none" }).toSVG();
  const open =
    `<svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" aria-label="${escapeHtml(alt)}" ` +
    `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`;
  // Vega escapes what XML gives a meaning, and leaves in what XML forbids.
  return withoutControls(svg).replace(/^<svg[^>]*>/, () => open);
}

/** A vertical or horizontal position that the field gives in pixels. */
export function pixels(field: string) {
  return { field, type: "quantitative" as const, scale: null, axis: null };
}

/** A colour or shape that the field names. */
export function literal(field: string) {
  return { field, type: "nominal" as const, scale: null };
}

/** What a quantitative axis is like. */
export interface AxisOptions {
  readonly title: string;
  /** About how many ticks. */
  readonly tickCount: number;
  /** A format of d3-format; the axis' own choice when left out. */
  readonly format?: string;
  readonly grid: boolean;
  readonly line: boolean;
  readonly titleAtStart?: boolean;
}

/** A position on an axis from the first to the last number of the domain. */
export function measured(field: string, domain: readonly [number, number], options: AxisOptions) {
  const { title, tickCount, format, grid, line, titleAtStart = false } = options;
  return {
    field,
    type: "quantitative" as const,
    scale: { domain: [...domain], nice: false, zero: false },
    axis: {
      title,
      tickCount,
      grid,
      domain: line,
      ticks: line,
      ...(format === undefined ? {} : { format }),
      ...(titleAtStart ? { titleAnchor: "start" as const } : {}),
    },
  };
}
