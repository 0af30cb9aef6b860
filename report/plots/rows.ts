import type { Layer, Padding } from "./draw.ts";
import { pixels } from "./draw.ts";
import type { PlotTheme } from "./theme.ts";

/** A row of a bar plot, in pixels: its label stands above its bar, so that bars keep the full width of a narrow page. */
export const rowLayout = { height: 46, text: 12, barTop: 20, barBottom: 35 };

/** Room around the rows. */
export const rowPadding: Padding = { left: 2, right: 10, top: 2, bottom: 50 };

/** Where the parts of a row are, in pixels from the top of the plotting area. */
export interface RowPixels {
  readonly textY: number;
  readonly top: number;
  readonly middle: number;
  readonly bottom: number;
}

/** Where the parts of the row with that index, counted from 0, are. */
export function rowPixels(index: number): RowPixels {
  const { height, text, barTop, barBottom } = rowLayout;
  const from = index * height;
  return { textY: from + text, top: from + barTop, middle: from + (barTop + barBottom) / 2, bottom: from + barBottom };
}

/** A text of a row. */
export interface RowText {
  /** Baseline of the text, in pixels. */
  readonly textY: number;
  readonly text: string;
}

/** Texts at one horizontal position, in pixels. */
export function textLayer(
  name: string,
  values: RowText[],
  at: { readonly x: number; readonly align: "left" | "right" },
  theme: PlotTheme,
): Layer {
  return {
    name,
    data: { values },
    mark: { type: "text", align: at.align, baseline: "alphabetic", color: theme.ink, aria: false },
    encoding: { x: { value: at.x }, y: pixels("textY"), text: { field: "text", type: "nominal" } },
  };
}
