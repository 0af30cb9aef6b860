import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parse } from "yaml";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import { plannedCost, type PriceQuestion } from "../measure/planned-cost.ts";
import { readMachine } from "../provider/machine.ts";
import { type MatrixRow, matrixText } from "../report/matrix.ts";
import { bounded } from "./bounded.ts";
import { stackConfig } from "./config-pairs.ts";
import { Interruption } from "./interruption.ts";
import { wholeOf } from "./options.ts";
import { type PlanOutcome, planStack, policiesBy } from "./plan.ts";
import { questionBy } from "./price-lists.ts";
import { projectRoot } from "./version.ts";
import { WorkspaceLock } from "./workspace-lock.ts";

/** Options of `underlay matrix`, as they were typed. */
export interface MatrixOptions {
  readonly parallel?: string;
  readonly policyPack?: string;
  readonly policyPackConfig?: string;
  readonly priceBook?: string;
  readonly config: readonly string[];
  readonly json?: boolean;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const matrixSchema = z.record(z.string(), z.array(scalar).min(1, "must have values"));

/** One stack of a matrix. */
export interface MatrixCell {
  /** Its values, with dashes between them. */
  readonly id: string;
  /** Keys of the configuration, without their namespace. */
  readonly config: Readonly<Record<string, string>>;
}

/** Most stacks of one matrix: a key too many is a slip more often than a wish. */
const most = 10_000;

/**
 * Every combination of values that a matrix has.
 *
 * @param text a list of values for each key of the configuration (YAML or JSON)
 * @param from where it comes from, for errors
 * @throws UnderlayError `matrix-invalid` when it is something else, or has more than 10,000 combinations
 */
export function matrixCells(text: string, from: string): MatrixCell[] {
  const parsed = matrixSchema.safeParse(parse(text));
  if (!parsed.success) {
    throw new UnderlayError(
      "matrix-invalid",
      `${from} is no matrix: ${z.prettifyError(parsed.error)}`,
      "Give each key of the configuration a list of values, such as `cpus: [1, 2]`.",
    );
  }
  const axes = Object.entries(parsed.data);
  const count = axes.reduce((product, [, values]) => product * values.length, 1);
  if (count > most) {
    throw new UnderlayError("matrix-invalid", `${from} has ${String(count)} stacks, and may have ${String(most)}.`);
  }
  const configs = axes.reduce<Record<string, string>[]>(
    (so, [key, values]) => so.flatMap((config) => values.map((value) => ({ ...config, [key]: value }))),
    [{}],
  );
  return configs.map((config) => ({ id: Object.values(config).join("-"), config }));
}

function rowOf(id: string, { seconds, plan, problems }: PlanOutcome, question: PriceQuestion): MatrixRow {
  const cost = plan === null ? null : plannedCost(plan.after, question);
  return {
    ...{ id, seconds, problems, resources: plan?.after.length ?? null },
    ...{ totals: cost?.totals ?? null, unpriced: cost?.unknown ?? [] },
  };
}

/**
 * Previews every stack of a matrix under the policies, so many at a time, each in a workspace and a backend of its own that
 * are removed again.
 *
 * @param file the matrix
 * @returns 0 when all were let pass, 1 otherwise, 130 after Ctrl-C
 * @throws UnderlayError `matrix-invalid`
 */
export async function matrix(file: string, options: MatrixOptions): Promise<number> {
  if (!existsSync(file)) throw new UnderlayError("matrix-invalid", `There is no file ${file}.`);
  const cells = matrixCells(readFileSync(file, "utf8"), file);
  const { parallel: typed } = options;
  const parallel = typed === undefined ? availableParallelism() : wholeOf("--parallel", typed, 1, 1000);
  const question = questionBy(options.priceBook);
  const policies = policiesBy(options);
  const machine = readMachine();
  const lock = WorkspaceLock.take("matrix");
  const interruption = new Interruption();
  interruption.listen();
  const from = performance.now();
  // Asked anew each time: it may change while a preview is waited for.
  const interrupted = (): boolean => interruption.requested;
  let done = 0;
  const rows = await bounded([...cells.entries()], parallel, async ([index, { id, config: own }]) => {
    if (interrupted()) return [];
    const { signal } = interruption;
    const request = { name: `matrix-${String(index)}`, config: stackConfig(own, options.config), root: projectRoot };
    const outcome = await planStack({ ...request, policies, machine, signal });
    const after = `in ${outcome.seconds.toFixed(1)} s\n`;
    // A preview that came to its end counts, whoever pressed what meanwhile; one that was ended says nothing of its stack.
    if (outcome.plan === null && interrupted()) {
      process.stderr.write(`${id}: cancelled ${after}`);
      return [];
    }
    done += 1;
    const state = outcome.problems.length === 0 ? "previewed" : "refused";
    process.stderr.write(`${String(done)} of ${String(cells.length)} ${id}: ${state} ${after}`);
    return [rowOf(id, outcome, question)];
  }).finally(() => {
    interruption.release();
    lock.release();
  });
  if (interrupted()) {
    process.stderr.write(`cancelled: ${String(done)} of ${String(cells.length)} stacks were previewed\n`);
    return 130;
  }
  const seconds = (performance.now() - from) / 1000;
  const told = { stacks: rows.flat(), parallel, seconds };
  process.stdout.write(options.json === true ? `${JSON.stringify(told, null, 2)}\n` : matrixText(told));
  return told.stacks.every(({ problems }) => problems.length === 0) ? 0 : 1;
}
