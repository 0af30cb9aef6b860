import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
import { Interruption } from "./interruption.ts";
import { numberOf } from "./options.ts";
import { type PlanOutcome, type PlanRequest, planStack, policiesBy, type PolicyChoice } from "./plan.ts";
import { questionBy } from "./price-lists.ts";
import { checkOutBase } from "./pull-request/base.ts";
import { runCheck } from "./pull-request/checks.ts";
import { configOfStack, stackFileName } from "./pull-request/stack-file.ts";
import { load } from "./results-file.ts";
import { start } from "./start.ts";
import { projectRoot } from "./version.ts";
import { WorkspaceLock } from "./workspace-lock.ts";

/** Options of `underlay pull-request`, as they were typed. */
export interface PullRequestOptions {
  readonly base: string;
  readonly check: readonly string[];
  readonly environment: readonly string[];
  readonly stack: readonly string[];
  readonly policyPack?: string;
  readonly policyPackConfig?: string;
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

/** What is previewed, and by which configuration in which folder of the project; null where it is not there. */
interface Subject {
  readonly name: string;
  readonly configIn: (root: string) => Readonly<Record<string, string>> | null;
}

/** Environments and stacks that are asked for; all environments where neither is. */
function subjectsOf({ environment, stack, config }: PullRequestOptions): readonly Subject[] {
  const known = Object.keys(stacks);
  const wrong = environment.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw new UnderlayError("option-invalid", `--environment is "${wrong}".`, `Give some of ${known.join(", ")}.`);
  }
  const absent = stack.find((name) => !existsSync(join(projectRoot, stackFileName(name))));
  if (absent !== undefined) {
    throw new UnderlayError("option-invalid", `--stack is "${absent}", but there is no ${stackFileName(absent)}.`);
  }
  const environments = environment.length + stack.length > 0 ? environment : known;
  const given = stackConfig({}, config);
  return [
    ...environments.map((name): Subject => {
      const own = stackConfig({ environment: name }, config);
      return { name, configIn: () => own };
    }),
    ...stack.map((name): Subject => {
      return { name: stackFileName(name), configIn: (root) => configOfStack(root, name, given) };
    }),
  ];
}

/** Where and under which policies something is planned. */
type Place = Omit<PlanRequest, "name" | "config">;

interface Planning {
  readonly policies: PolicyChoice;
  readonly question: PriceQuestion;
  readonly machine: Machine;
  /** Folder of what the change began at. */
  readonly base: string;
  readonly interruption: Interruption;
}

async function planOf({ name, configIn }: Subject, place: Place): Promise<PlanOutcome> {
  try {
    const config = configIn(place.root);
    if (config === null) return { seconds: 0, plan: null, problems: [], notes: [] };
    return await planStack({ name: `pull-request-${name}`, config, ...place });
  } catch (thrown) {
    if (!(thrown instanceof UnderlayError) || thrown.code === "pulumi-missing") throw thrown;
    return { seconds: 0, plan: null, problems: [thrown.message], notes: [] };
  }
}

async function changeOf(subject: Subject, planning: Planning): Promise<EnvironmentChange> {
  const { policies, question, machine, base, interruption } = planning;
  const { signal } = interruption;
  const before = await planOf(subject, { root: base, machine, signal, policies: null });
  const after = await planOf(subject, { root: projectRoot, machine, signal, policies });
  const { name } = subject;
  say(`${name}: ${after.problems.length === 0 ? "previewed" : "refused"} in ${after.seconds.toFixed(1)} s`);
  return { environment: name, ...differenceOf(before, after, question) };
}

function differenceOf(
  before: PlanOutcome,
  { plan, ...told }: PlanOutcome,
  question: PriceQuestion,
): Omit<EnvironmentChange, "environment"> {
  if (plan === null) return { ...told, plan: null, cost: null };
  const change = { before: before.plan?.after ?? null, after: plan.after };
  return { ...told, plan: change, cost: costDifference(change, question) };
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

/** What a change is told from, the comparison apart. */
type Told = Pick<PullRequestReport, "base" | "checks" | "environments">;

/** Runs the checks and previews what is asked for, as it is and as it was; ends early where the user asks for it. */
async function told(options: PullRequestOptions, interruption: Interruption): Promise<Told> {
  const subjects = subjectsOf(options);
  const [policies, question, machine] = [policiesBy(options), questionBy(options.priceBook), readMachine()];
  const { commit, directory, remove } = await checkOutBase(projectRoot, options.base);
  const checks: CheckOutcome[] = [];
  const environments: EnvironmentChange[] = [];
  try {
    for (const words of options.check) {
      if (interruption.requested) break;
      say(`check: ${words}`);
      checks.push(await runCheck(words, projectRoot, interruption.signal));
    }
    for (const subject of subjects) {
      if (interruption.requested) break;
      environments.push(await changeOf(subject, { policies, question, machine, base: directory, interruption }));
    }
    return { base: commit, checks, environments };
  } finally {
    await remove();
  }
}

/**
 * Does what a pull request asks for, and writes the text of its comment: checks, a preview of each environment with the
 * policy pack, what it costs against where the change began, and the quick comparison where it is asked for.
 *
 * @returns 0 when nothing stands against the change, 1 otherwise, 130 after Ctrl-C
 */
export async function pullRequest(options: PullRequestOptions): Promise<number> {
  const hours = numberOf("--hours", options.hours);
  // Before minutes are spent on what it is for.
  numberOf("--slower-than", options.slowerThan);
  const head = await execute(["git", "-C", projectRoot, "rev-parse", "HEAD"], { timeoutSec: 60 });
  // Previews of two at once would be of the same name.
  const lock = WorkspaceLock.take("pull-request");
  const interruption = new Interruption();
  interruption.listen();
  const found = await told(options, interruption).finally(() => {
    interruption.release();
    lock.release();
  });
  if (interruption.requested) return 130;
  const report: PullRequestReport = { head, hours, ...found, ...(await measured(options)) };
  const text = pullRequestMarkdown(report);
  if (options.output === undefined) process.stdout.write(text);
  else writeFileSync(options.output, text);
  return isGood(report) ? 0 : 1;
}
