/** All plots of a report, as SVG text. */
export { blockPlot } from "./plots/block-plot.ts";
export type { BlockPlotOptions } from "./plots/block-plot.ts";
export { launchPlot } from "./plots/launch-plot.ts";
export type { LaunchPlotOptions } from "./plots/launch-plot.ts";
export { ratioPlot } from "./plots/ratio-plot.ts";
export type { RatioPlotOptions } from "./plots/ratio-plot.ts";
export { darkTheme, lightTheme } from "./plots/theme.ts";
export type { PlotTheme } from "./plots/theme.ts";
