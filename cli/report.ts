import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { samplesOf } from "../measure/samples.ts";
import { samplesToCsv } from "../report/csv.ts";
import { htmlReport } from "../report/html.ts";
import { markdownReport } from "../report/markdown.ts";
import { load, type Loaded, resultsFileName } from "./results-file.ts";

/** Writes results, samples and report below a folder; returns the path of the page. */
export async function writeReport(loaded: Loaded, out: string): Promise<string> {
  const folder = join(out, "report");
  mkdirSync(folder, { recursive: true });
  const page = join(folder, "index.html");
  writeFileSync(join(out, resultsFileName), `${JSON.stringify(loaded.results, null, 2)}\n`);
  writeFileSync(page, await htmlReport(loaded));
  writeFileSync(join(folder, "report.md"), markdownReport(loaded));
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
