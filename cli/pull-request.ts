import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { priceBook } from "../catalogue/prices/index.ts";
import { UnderlayError } from "../measure/error.ts";
import { costDifference, type PriceQuestion } from "../measure/planned-cost.ts";
import { compareRecords } from "../measure/record-comparison.ts";
import { execute } from "../provider/execute.ts";
import { type Machine, readMachine } from "../provider/machine.ts";
import { markdownReport } from "../report/markdown.ts";
import {
  type CheckOutcome,
  type EnvironmentChange,
  isGood,
  pullRequestMarkdown,
  type PullRequestReport,
} from "../report/pull-request.ts";
import { slowerText } from "../report/record-comparison.ts";
import { stacks } from "../stacks/index.ts";
import { stackConfig } from "./config-pairs.ts";
import { numberOf } from "./options.ts";
import { bookFrom, knownPrices } from "./price-lists.ts";
import { checkOutBase } from "./pull-request/base.ts";
import { runCheck } from "./pull-request/checks.ts";
import { planEnvironment, type PlanOutcome } from "./pull-request/plan.ts";
import { load } from "./results-file.ts";
import { start } from "./start.ts";
import { projectRoot } from "./version.ts";

/** Options of `underlay pull-request`, as they were typed. */
export interface PullRequestOptions {
  readonly base: string;
  readonly check: readonly string[];
  readonly environment: readonly string[];
  readonly policyPack?: string;
  readonly hours: string;
  readonly priceBook?: string;
  readonly measure?: boolean;
  readonly before?: string;
  readonly slowerThan: string;
  readonly config: readonly string[];
  readonly out: string;
  readonly output?: string;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function environmentsOf({ environment }: PullRequestOptions): readonly string[] {
  const known = Object.keys(stacks);
  const wrong = environment.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw new UnderlayError("option-invalid", `--environment is "${wrong}".`, `Give some of ${known.join(", ")}.`);
  }
  return environment.length > 0 ? environment : known;
}

function questionOf(options: PullRequestOptions): PriceQuestion {
  const book = bookFrom(options.priceBook);
  const table = { clouds: knownPrices(), book, functions: priceBook("aws-2026") };
  return { table, currency: book?.currency ?? "USD", here: null, region: null };
}

interface Planning {
  readonly options: PullRequestOptions;
  readonly machine: Machine;
  /** Folder of what the change began at. */
  readonly base: string;
}

async function changeOf(environment: string, { options, machine, base }: Planning): Promise<EnvironmentChange> {
  const config = stackConfig({ environment }, options.config);
  const policyPack = options.policyPack ?? join(projectRoot, "policy");
  const before = await planEnvironment({ environment, config, root: base, policyPack: null, machine });
  const after = await planEnvironment({ environment, config, root: projectRoot, policyPack, machine });
  say(`${environment}: ${after.problems.length === 0 ? "previewed" : "refused"} in ${after.seconds.toFixed(1)} s`);
  return { environment, ...differenceOf(before, after, questionOf(options)) };
}

function differenceOf(
  before: PlanOutcome,
  { seconds, problems, plan }: PlanOutcome,
  question: PriceQuestion,
): Omit<EnvironmentChange, "environment"> {
  if (plan === null) return { seconds, problems, plan: null, cost: null };
  const change = { before: before.plan?.after ?? null, after: plan.after };
  return { seconds, problems, plan: change, cost: costDifference(change, question) };
}

/** Plays the quick comparison, and holds it against an earlier record where there is one. */
async function measured(options: PullRequestOptions): Promise<Pick<PullRequestReport, "comparison" | "slower">> {
  if (options.measure !== true) return { comparison: null, slower: [] };
  const code = await start({ profile: "quick", config: options.config, out: options.out, keep: false });
  if (code !== 0) {
    return { comparison: null, slower: [`The quick comparison ended with ${String(code)}.`] };
  }
  const loaded = load(undefined, options.out);
  const factor = numberOf("--slower-than", options.slowerThan);
  const slower =
    options.before === undefined
      ? []
      : slowerText(compareRecords(load(options.before, "").lines, loaded.lines), factor);
  return { comparison: markdownReport(loaded), slower };
}

async function planned(options: PullRequestOptions): Promise<{ base: string; environments: EnvironmentChange[] }> {
  const names = environmentsOf(options);
  const machine = readMachine();
  const { commit, directory, remove } = await checkOutBase(projectRoot, options.base);
  try {
    const environments: EnvironmentChange[] = [];
    for (const name of names) {
      environments.push(await changeOf(name, { options, machine, base: directory }));
    }
    return { base: commit, environments };
  } finally {
    await remove();
  }
}

/**
 * Does what a pull request asks for, and writes the text of its comment: checks, a preview of each environment with the
 * policy pack, what it costs against where the change began, and the quick comparison where it is asked for.
 *
 * @returns 0 when nothing stands against the change, 1 otherwise
 */
export async function pullRequest(options: PullRequestOptions): Promise<number> {
  const hours = numberOf("--hours", options.hours);
  numberOf("--slower-than", options.slowerThan); // Before minutes are spent on what it is for.
  const head = await execute(["git", "-C", projectRoot, "rev-parse", "HEAD"], { timeoutSec: 60 });
  const checks: CheckOutcome[] = [];
  for (const words of options.check) {
    say(`check: ${words}`);
    checks.push(await runCheck(words, projectRoot));
  }
  const report: PullRequestReport = {
    ...{ head, checks, hours },
    ...(await planned(options)),
    ...(await measured(options)),
  };
  const text = pullRequestMarkdown(report);
  if (options.output === undefined) process.stdout.write(text);
  else writeFileSync(options.output, text);
  return isGood(report) ? 0 : 1;
}
