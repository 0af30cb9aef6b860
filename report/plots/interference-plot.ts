import type { Results } from "../../measure/results.ts";
import { interferenceRows } from "./data.ts";
import { ratioAxisEnd, ratioBars } from "./ratio-plot.ts";
import { lightTheme } from "./theme.ts";
import type { PlotTheme } from "./theme.ts";

/** What a plot of interference shows. */
export interface InterferencePlotOptions {
  readonly results: Results;
  /** The series that is played beside other programs. */
  readonly series: string;
  /** Where the axis ends, so that several plots share it. @default the end that these ratios need */
  readonly end?: number;
  /** Width in pixels. @default 400 */
  readonly width?: number;
  /** Colours and font. @default lightTheme */
  readonly theme?: PlotTheme;
}

/**
 * What is left of the throughput of every environment beside another program, relative to that of the same work alone:
 * bars from zero with the 95 % interval as a whisker (Lin 2018, figure 10, shows the same as degradation).
 */
export async function interferencePlot(options: InterferencePlotOptions): Promise<string> {
  const { results, series, width = 400, theme = lightTheme } = options;
  const rows = interferenceRows(results, series);
  const about = `Bars of throughput beside another program relative to that alone, series ${series}`;
  const end = options.end ?? ratioAxisEnd(rows);
  return ratioBars({ rows, title: "throughput beside another ÷ alone", about, width, theme, end });
}
