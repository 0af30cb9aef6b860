import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { advise, type MeasuredCell } from "../measure/advice.ts";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { type EnvironmentName, environmentNames } from "../measure/facts.ts";
import { metricSchema } from "../measure/results.ts";
import { scenarioNames, scenarioOf } from "../measure/scenario.ts";
import { digestOfFile } from "../provider/record-file.ts";
import { adviceNotes, adviceSentence, adviceText } from "../report/advice.ts";
import { configNamespace } from "../stacks/config.ts";
import { cellFileName, cellSchema, resultsFileName } from "./results-file.ts";

/** Options of `underlay advise`, as they were typed. */
export interface AdviseOptions {
  readonly workload: string;
  readonly model?: string;
  readonly scenario?: string;
  readonly batchSize?: string;
  readonly slowdown: string;
  readonly metric: string;
  readonly price: readonly string[];
  readonly from: string;
  readonly json?: boolean;
}

/** The cells of a study below a folder, such as `out` or `out/study/lin-2018`. */
function cellFiles(folder: string): string[] {
  const inFolders = (parent: string): string[] =>
    existsSync(parent)
      ? readdirSync(parent)
          .sort()
          .map((name) => join(parent, name, cellFileName))
          .filter((path) => existsSync(path))
      : [];
  const studies = join(folder, "study");
  const below = existsSync(studies) ? readdirSync(studies).sort() : [];
  return [...inFolders(folder), ...below.flatMap((name) => inFolders(join(studies, name)))];
}

/** Files to read: one that is named, the cells of a study, or else the results of the last start. */
export function filesOf(from: string): string[] {
  if (!existsSync(from)) {
    throw new UnderlayError("results-not-found", `There is no ${from}.`, "Give a file of results or a study's folder.");
  }
  if (!statSync(from).isDirectory()) return [from];
  const cells = cellFiles(from);
  const results = join(from, resultsFileName);
  if (cells.length > 0) return cells;
  if (existsSync(results)) return [results];
  throw new UnderlayError(
    "results-not-found",
    `There are no results in ${from}.`,
    "Run `npm start` or `npx underlay study lin-2018` first, or give --from FOLDER.",
  );
}

const scenarioKey = `${configNamespace}:scenario`;

/** One cell of a study, or results alone. */
export function readCell(path: string): MeasuredCell {
  let cell: z.infer<typeof cellSchema>;
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    const isCell = typeof value === "object" && value !== null && "results" in value;
    cell = cellSchema.parse(isCell ? value : { config: {}, results: value });
  } catch (thrown) {
    const why = thrown instanceof z.ZodError ? z.prettifyError(thrown) : messageOf(thrown);
    throw new UnderlayError("results-invalid", `${path} is no file of results: ${why}`, null, { cause: thrown });
  }
  const { results, config } = cell;
  if (existsSync(results.record.path) && digestOfFile(results.record.path) !== results.record.sha256) {
    throw new UnderlayError(
      "record-changed",
      `${results.record.path} was changed after the results in ${path} were derived from it.`,
    );
  }
  return { scenario: scenarioNames.find((name) => name === config[scenarioKey]) ?? scenarioOf(results), results };
}

/** Prices by environment. */
export function pricesOf(words: readonly string[]): Map<EnvironmentName, number> {
  const prices = new Map<EnvironmentName, number>();
  for (const word of words) {
    const [name = "", amount = "", ...more] = word.split("=");
    const environment = environmentNames.find((known) => known === name);
    if (environment === undefined || prices.has(environment) || more.length > 0 || !isNumber(amount)) {
      throw new UnderlayError(
        "price-invalid",
        `--price is "${word}".`,
        `Write it as ENVIRONMENT=AMOUNT, once for each of ${environmentNames.join(", ")}, such as --price vm=0.12.`,
      );
    }
    prices.set(environment, Number(amount));
  }
  return prices;
}

/** Whether a text is a number that is not negative, as it is typed. */
export function isNumber(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}

/** A number that an option was given. */
export function numberOf(option: string, text: string): number {
  if (isNumber(text)) return Number(text);
  throw new UnderlayError("option-invalid", `${option} is "${text}".`, "Give a number, such as 1.10.");
}

/**
 * Prints what to run a workload on, by what was measured before.
 *
 * @returns 0 with an answer, 1 when nothing qualifies
 */
export function adviseOn(options: AdviseOptions): number {
  const { workload, model, scenario, batchSize, slowdown, metric, price, from, json } = options;
  const question = {
    ...{ workload, model, prices: pricesOf(price), slowdown: numberOf("--slowdown", slowdown) },
    scenario: scenarioNames.find((name) => name === scenario),
    batchSize: batchSize === undefined ? undefined : numberOf("--batch-size", batchSize),
    metrics: metricSchema.options.filter((name) => name === "throughput" || name === metric),
  };
  const advice = advise(filesOf(from).map(readCell), question);
  const answer = adviceSentence(advice);
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ answer, notes: adviceNotes(advice), ...advice }, null, 2)}\n`
      : adviceText(advice),
  );
  return advice.chosen === null ? 1 : 0;
}
