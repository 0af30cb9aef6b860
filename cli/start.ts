import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseRecord } from "../measure/parse-record.ts";
import type { Results } from "../measure/results.ts";
import { resultsTable } from "../report/table.ts";
import { stackConfig } from "./config-pairs.ts";
import { Job } from "./job.ts";
import { writeReport } from "./report.ts";

/** Options of `underlay start`. */
export interface StartOptions {
  readonly data?: string;
  readonly profile?: string;
  readonly model?: string;
  readonly config: readonly string[];
  readonly out: string;
  readonly keep: boolean;
}

/**
 * The stack's configuration that the options of a start ask for.
 *
 * @throws UnderlayError `config-invalid` when a `--config` is no pair
 */
export function configOf({ data, profile, model, out, config }: StartOptions): Record<string, string> {
  return stackConfig({ data, profile, model, recordDirectory: join(out, "records") }, config);
}

async function showResults(results: Results, out: string): Promise<void> {
  const lines = parseRecord(readFileSync(results.record.path, "utf8"), { allowCut: true });
  const page = await writeReport({ results, lines }, out);
  process.stdout.write(
    `\n${resultsTable(results, { width: process.stdout.columns, colours: process.stdout.isTTY })}\n\nreport: ${page}\nresults: ${join(out, "results.json")}\n`,
  );
}

/**
 * The main job: provision, measure, report, tear down, audit.
 *
 * @returns 0 when all of it went well, 1 otherwise, 130 after Ctrl-C
 */
export async function start(options: StartOptions): Promise<number> {
  const config = configOf(options);
  const job = await Job.open("start");
  try {
    const { results, failed } = await job.up(config);
    if (results !== null) {
      await showResults(results, options.out);
    }
    const clean = options.keep ? true : await job.tearDown();
    return job.interrupted ? 130 : failed || !clean || results === null ? 1 : 0;
  } finally {
    await job.close();
  }
}
