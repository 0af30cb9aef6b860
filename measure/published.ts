import type {
  PublishedClaim,
  PublishedConditions,
  PublishedFinding,
  PublishedNumber,
  PublishedSet,
  PublishedStatement,
} from "../catalogue/published/schema.ts";
import { differencesOf } from "./published/differences.ts";
import { ratioOf, widened } from "./published/estimate.ts";
import { measure, meets } from "./published/evidence.ts";
import type { Measured } from "./published/evidence.ts";
import type {
  Difference,
  Evidence,
  Judgement,
  NumberComparison,
  PublishedVerdict,
  StudyCell,
} from "./published/judgement.ts";
import { clearance, judgeInterval, regionOf, regionText } from "./published/region.ts";
import type { Region } from "./published/region.ts";

export type {
  Difference,
  Evidence,
  Judgement,
  NumberComparison,
  PublishedVerdict,
  StudyCell,
} from "./published/judgement.ts";

/** A study held against a publication: every finding judged, every number beside what was measured. */
export interface AgainstPublished {
  readonly published: PublishedSet;
  readonly judgements: readonly Judgement[];
  readonly numbers: readonly NumberComparison[];
}

/** How findings are judged. */
export interface JudgeOptions {
  /**
   * What “about equal” means where the source names no margin, as a fraction of the baseline. The default is the only
   * number that Lin 2018 calls “little impact” (section 6, finding 1: “less than 10%”). @default 0.1
   */
  readonly margin?: number;
}

const usualMargin = 0.1;

/**
 * Holds the data of a study against every finding of a publication.
 *
 * A finding is about each of its environments, metrics, models and data, so it has as much evidence as the study has cells
 * for it, each a ratio with its 95 % interval and a verdict of its own (`judgeInterval`). Of all together:
 *
 * - `agrees`: each of them agrees. Every one must pass, so none needs a correction (intersection-union test: Berger,
 *   Technometrics 24, 1982).
 * - `disagrees`: at least one disagrees, also when its interval is widened for their number (Bonferroni, see `widened`):
 *   with one comparison that is its own interval.
 * - `cannot tell`: anything else; also when nothing was measured, or when the finding is about accelerators and the
 *   study had none.
 *
 * What was not measured at all, such as one of three models, is left out and named among the differences.
 *
 * @param cells The study, in any order.
 * @param published What was published.
 * @returns One judgement for each finding, in its order.
 */
export function judgePublished(
  cells: readonly StudyCell[],
  published: PublishedSet,
  { margin = usualMargin }: JudgeOptions = {},
): Judgement[] {
  const statements = new Map(published.statements.map((statement) => [statement.id, statement]));
  return published.findings.flatMap((finding) => {
    const statement = statements.get(finding.statement);
    return statement === undefined ? [] : [judge(finding, statement, { cells, published, margin })];
  });
}

/** Holds a study against a publication, in findings and in numbers. */
export function againstPublished(
  cells: readonly StudyCell[],
  published: PublishedSet,
  options: JudgeOptions = {},
): AgainstPublished {
  return {
    published,
    judgements: judgePublished(cells, published, options),
    numbers: comparePublishedNumbers(cells, published),
  };
}

interface Study {
  readonly cells: readonly StudyCell[];
  readonly published: PublishedSet;
  readonly margin: number;
}

function judge(
  finding: PublishedFinding,
  statement: PublishedStatement,
  { cells, published, margin }: Study,
): Judgement {
  const { claim } = finding;
  const all = measure(claim, cells);
  const found = all.filter(({ unmeasured }) => !unmeasured);
  const differences = differencesOf(claim, all, cells, published);
  const evidence = found.map((each) => evidenceOf(each, regionOf(claim, each.metric, margin)));
  const chosen = claim.expected === "about equal" && claim.margin === null && evidence.length > 0;
  const decision =
    evidence.length === 0 ? undecided(claim, cells, differences) : decide(evidence, found, claim, margin);
  const outcome = chosen ? `${decision.outcome}. ${marginText(margin)}` : decision.outcome;
  return {
    ...decision,
    publication: published.name,
    finding,
    statement,
    outcome,
    reason: reasonOf(outcome, evidence.length === 0 ? [] : differences),
    chosenMargin: chosen ? margin : null,
    evidence,
    differences,
  };
}

/** That a margin was taken, in a sentence without its full stop. */
export function marginText(margin: number): string {
  return `The source names no margin; ${Number((100 * margin).toPrecision(3))} % was taken`;
}

function withoutAccelerator({ cell, environment }: Measured): boolean {
  return cell.results.environments.some(
    (each) => each.environment === environment && each.facts.accelerators.length === 0,
  );
}

function evidenceOf(measured: Measured, region: Region): Evidence {
  const { environment, metric, series, quantity, terms, estimate, reason } = measured;
  const { scenario, framework, model, batchSize } = measured.cell;
  const cell = { scenario, framework, model, batchSize };
  const about = { environment, metric, series, cell, quantity, terms };
  if (estimate === null) {
    const why = reason ?? "it was not measured";
    return { ...about, ratio: null, interval: null, n: 0, freedom: 0, verdict: "cannot tell", reason: why };
  }
  const { ratio, interval } = ratioOf(estimate);
  const verdict = judgeInterval(interval, region);
  return {
    ...about,
    ratio,
    interval,
    n: estimate.n,
    freedom: estimate.freedom,
    verdict,
    reason: `the interval ${regionText(region, verdict)}`,
  };
}

type Decision = Pick<Judgement, "verdict" | "outcome" | "tally" | "hindrance" | "decisive">;

/** Without any evidence. */
function undecided(claim: PublishedClaim, cells: readonly StudyCell[], differences: readonly Difference[]): Decision {
  const outcome = nothingText(claim, cells, differences);
  return { verdict: "cannot tell", outcome, tally: null, hindrance: outcome, decisive: null };
}

function decide(
  evidence: readonly Evidence[],
  found: readonly Measured[],
  claim: PublishedClaim,
  margin: number,
): Decision {
  const hindrance =
    claim.requires === "accelerator" && found.some(withoutAccelerator)
      ? "the finding is about accelerators and their bandwidth to the host, and this study has none"
      : null;
  const region = ({ metric }: Evidence): Region => regionOf(claim, metric, margin);
  const against = evidence.filter((each) => contradicts(each, evidence.length, region(each)));
  const verdict = overall(evidence, against.length, hindrance);
  const room = (each: Evidence): number =>
    each.interval === null ? -Infinity : clearance(each.interval, region(each));
  const candidates = { agrees: evidence, disagrees: against, "cannot tell": openOnes(evidence) }[verdict];
  const decisive = candidates.reduce((one, other) => (room(other) < room(one) ? other : one));
  const tally = tallyText(evidence, verdict);
  const shown = `${tally === null ? "" : `${tally}: `}${decisiveText(decisive)}`;
  return { verdict, outcome: hindrance ?? shown, tally, hindrance, decisive };
}

/** Those that keep a finding undecided, of which one with an interval says more; all when it is not them. */
function openOnes(evidence: readonly Evidence[]): readonly Evidence[] {
  const open = evidence.filter(({ verdict }) => verdict === "cannot tell");
  const known = open.filter(({ interval }) => interval !== null);
  const contrary = evidence.filter(({ verdict }) => verdict === "disagrees");
  return [known, open, contrary, evidence].find((each) => each.length > 0) ?? evidence;
}

function overall(evidence: readonly Evidence[], against: number, hindrance: string | null): PublishedVerdict {
  if (hindrance !== null) return "cannot tell";
  if (evidence.every(({ verdict }) => verdict === "agrees")) return "agrees";
  return against > 0 ? "disagrees" : "cannot tell";
}

function contradicts({ ratio, interval, freedom, verdict }: Evidence, count: number, region: Region): boolean {
  if (ratio === null || interval === null || verdict !== "disagrees") return false;
  return judgeInterval(widened(ratio, interval, freedom, count), region) === "disagrees";
}

/** How many of the comparisons say what, and what the one is that is shown. */
function tallyText(evidence: readonly Evidence[], verdict: PublishedVerdict): string | null {
  const total = evidence.length;
  if (total === 1) return null;
  const count = (which: PublishedVerdict) => evidence.filter((each) => each.verdict === which).length;
  const counts = [
    [count("agrees"), "agrees", "agree"],
    [count("disagrees"), "disagrees", "disagree"],
    [count("cannot tell"), "cannot tell", "cannot tell"],
  ] as const;
  const said = counts
    .flatMap(([number, one, many]) => (number === 0 ? [] : [`${number} ${number === 1 ? one : many}`]))
    .join(", ");
  const which = { agrees: "nearest to its bound", disagrees: "farthest outside", "cannot tell": "undecided" }[verdict];
  return `of ${total} comparisons ${said}; ${which}`;
}

function decisiveText({ quantity, cell, series, ratio, interval, n, reason }: Evidence): string {
  const where = `${quantity} (${cell.scenario}, ${cell.model}, batch ${cell.batchSize}, ${series})`;
  if (ratio === null || interval === null) return `${where}: ${reason}`;
  const { low, high } = interval;
  return `${where}: ${ratio.toFixed(3)}, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}, n = ${n}; ${reason}`;
}

/** Why there is no evidence at all. */
function nothingText(
  { conditions }: PublishedClaim,
  cells: readonly StudyCell[],
  differences: readonly Difference[],
): string {
  if (cells.some((cell) => meets(cell, conditions))) {
    const texts = differences.flatMap(({ kind, text }) => (kind === "coverage" ? [text] : []));
    if (texts.length > 0) return texts.join("; ");
  }
  return `the study has no cell of ${conditionsText(conditions)}`;
}

/** Conditions in words, such as `the scenario shared with alexnet, batch 512`. */
function conditionsText({ scenarios, models, batchSize }: PublishedConditions): string {
  const batch = batchSize === null ? "" : `, batch ${batchSize}`;
  return `the scenario ${scenarios.join(" or ")} with ${models.join(" or ")}${batch}`;
}

function reasonOf(outcome: string, differences: readonly Difference[]): string {
  const sentence = `${outcome.slice(0, 1).toUpperCase()}${outcome.slice(1)}.`;
  if (differences.length === 0) return sentence;
  return `${sentence} What differs from the source: ${differences.map(({ text }) => text).join("; ")}.`;
}

/**
 * Every number that a publication states, beside what a study measured of it.
 *
 * @param cells The study.
 * @param published What was published.
 * @returns One for each number and environment, in the order of the statements.
 */
export function comparePublishedNumbers(cells: readonly StudyCell[], published: PublishedSet): NumberComparison[] {
  return published.statements.flatMap((statement) =>
    statement.numbers.flatMap((number) =>
      number.environments.map((environment) => ({
        publication: published.name,
        statement,
        number,
        environment,
        measured: measure(claimOf(statement, number, environment), cells)
          .filter(({ estimate }) => estimate !== null)
          .map((each) => evidenceOf(each, numberRegion(number))),
      })),
    ),
  );
}

/** A claim that only says which ratio is meant. */
function claimOf(
  { conditions, baseline }: PublishedStatement,
  number: PublishedNumber,
  environment: PublishedNumber["environments"][number],
): PublishedClaim {
  const { compared, metric } = number;
  return {
    compared,
    metrics: [metric],
    environments: [environment],
    baseline: compared === "interference" ? null : baseline,
    conditions,
    comparedWith: null,
    expected: "slower",
    margin: null,
    requires: null,
  };
}

/** What a number allows; one that is stated as “about” so much is not a bound and allows everything. */
function numberRegion({ ratio, relation }: PublishedNumber): Region {
  if (relation === "about") return { low: 0, high: Infinity };
  return relation === "at least" || relation === "above" ? { low: ratio, high: Infinity } : { low: 0, high: ratio };
}
