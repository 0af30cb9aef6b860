/** All plots of a report, as SVG text. */
export { blockPlot } from "./plots/block-plot.ts";
export { interferencePlot } from "./plots/interference-plot.ts";
export { launchPlot } from "./plots/launch-plot.ts";
export { ratioPlot } from "./plots/ratio-plot.ts";
