export { samplesToCsv } from "./csv.ts";
export { htmlReport } from "./html.ts";
export { markdownReport } from "./markdown.ts";
export { resultsToPrometheus } from "./prometheus.ts";
export type { ReportInput } from "./run.ts";
export { resultsTable, type TableOptions } from "./table.ts";
