import { samplesOf } from "../measure/samples.ts";
import { samplesToCsv } from "../report/csv.ts";
import { resultsToPrometheus } from "../report/prometheus.ts";
import { resultsTable } from "../report/table.ts";
import { load } from "./results-file.ts";

/** Options of `underlay results`. */
export interface ResultsOptions {
  readonly out: string;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly prometheus?: boolean;
}

/** Prints results as a table, JSON, CSV or Prometheus text. */
export function printResults(record: string | undefined, options: ResultsOptions): void {
  const { results, lines } = load(record, options.out);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  } else if (options.csv === true) {
    process.stdout.write(samplesToCsv(samplesOf(lines)));
  } else if (options.prometheus === true) {
    process.stdout.write(resultsToPrometheus(results));
  } else {
    process.stdout.write(
      `${resultsTable(results, { width: process.stdout.columns, colours: process.stdout.isTTY })}\n`,
    );
  }
}
