import { advise } from "../measure/advice.ts";
import { metricSchema } from "../measure/results.ts";
import { scenarioNames } from "../measure/scenario.ts";
import { adviceNotes, adviceSentence, adviceText } from "../report/advice.ts";
import { filesOf, readCell } from "./cell-files.ts";
import { numberOf, pricesOf } from "./options.ts";

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
