import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { metricSchema } from "../measure/results.ts";
import { samplesOf } from "../measure/samples.ts";
import { samplesToCsv } from "../report/csv.ts";
import { htmlReport } from "../report/html.ts";
import { markdownReport } from "../report/markdown.ts";
import { interferencePlot, ratioPlot } from "../report/plots.ts";
import { load, type Loaded, resultsFileName } from "./results-file.ts";

/** Writes every plot of ratios and of interference as a picture of its own, to be shown elsewhere. */
async function writePlots({ results }: Loaded, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const file = (kind: string, name: string): string => join(folder, `${kind}-${name.replaceAll(/[^\w-]+/g, "-")}.svg`);
  const series = new Set(results.comparisons.map((comparison) => comparison.series));
  for (const name of series) {
    for (const metric of metricSchema.options) {
      writeFileSync(file(metric, name), await ratioPlot({ results, series: name, metric }));
    }
  }
  for (const name of new Set(results.interference?.map((each) => each.series))) {
    writeFileSync(file("interference", name), await interferencePlot({ results, series: name }));
  }
}

/** Writes results, samples and report below a folder; returns the path of the page. */
export async function writeReport(loaded: Loaded, out: string): Promise<string> {
  const folder = join(out, "report");
  mkdirSync(folder, { recursive: true });
  const page = join(folder, "index.html");
  writeFileSync(join(out, resultsFileName), `${JSON.stringify(loaded.results, null, 2)}\n`);
  writeFileSync(page, await htmlReport(loaded));
  writeFileSync(join(folder, "report.md"), markdownReport(loaded));
  await writePlots(loaded, join(folder, "plots"));
  writeFileSync(join(folder, "samples.csv"), samplesToCsv(samplesOf(loaded.lines)));
  return page;
}

/** Writes the report of a record or of the last start, or prints it as Markdown. */
export async function report(record: string | undefined, options: { out: string; markdown?: boolean }): Promise<void> {
  const loaded = load(record, options.out);
  process.stdout.write(
    options.markdown === true ? markdownReport(loaded) : `${await writeReport(loaded, options.out)}\n`,
  );
}
