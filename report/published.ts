import type { PublishedLocation, PublishedSet, PublishedStatement } from "../catalogue/published/schema.ts";
import { marginText } from "../measure/published.ts";
import type { ScenarioName } from "../measure/scenario.ts";
import type { AgainstPublished, Difference, Evidence, Judgement, PublishedVerdict } from "../measure/published.ts";
import { dash, intervalText, ratioText } from "./number-text.ts";

/** One finding as text. */
export interface FindingRow {
  readonly title: string;
  /** The ratio that decided, or a dash. */
  readonly ratio: string;
  /** Its 95 % interval, or a dash. */
  readonly interval: string;
  readonly n: string;
  readonly verdict: PublishedVerdict;
  /** What the ratio is of, and why the verdict. */
  readonly why: string;
  /** Letters of the differences that concern it. */
  readonly letters: readonly string[];
  /** Every comparison, where there are several. */
  readonly comparisons: readonly string[];
}

/** A sentence of the source with its findings. */
export interface StatementRows {
  readonly quote: string;
  readonly place: string;
  /** How it is read; null when that is plain. */
  readonly note: string | null;
  readonly rows: readonly FindingRow[];
}

/** What is said of one scenario. */
export interface ScenarioRows {
  readonly title: string;
  readonly statements: readonly StatementRows[];
}

/** What sets the study apart: of all findings, or by a letter that tables refer to. */
export interface Footnote {
  /** Null where it concerns every finding that has a comparison. */
  readonly letter: string | null;
  readonly text: string;
}

/** The judgements as text, ready to be set in HTML or Markdown. */
export interface PublishedRows {
  readonly scenarios: readonly ScenarioRows[];
  readonly footnotes: readonly Footnote[];
  /** How many findings have which verdict, in one sentence. */
  readonly summary: string;
  /** The source, as a list of references has it. */
  readonly citation: string;
}

/** Titles of the scenarios. */
export const scenarioTitles: Readonly<Record<ScenarioName, string>> = {
  single: "Single instance",
  distributed: "Distributed over several instances",
  shared: "Shared host",
};

/** Judgements by scenario and sentence, in the order of the source. */
export function publishedRows({ published, judgements }: AgainstPublished): PublishedRows {
  const { common, letters } = apart(judgements);
  const scenarios = (Object.keys(scenarioTitles) as ScenarioName[]).flatMap((scenario) => {
    const statements = published.statements.flatMap((statement) => {
      const own = judgements.filter(
        ({ finding }) => finding.statement === statement.id && finding.claim.conditions.scenarios[0] === scenario,
      );
      return own.length === 0 ? [] : [statementRows(statement, own, letters)];
    });
    return statements.length === 0 ? [] : [{ title: scenarioTitles[scenario], statements }];
  });
  return {
    scenarios,
    footnotes: [
      ...common.map((text) => ({ letter: null, text })),
      ...[...letters].map(([text, letter]) => ({ letter, text })),
    ],
    summary: summaryText(published, judgements),
    citation: citationText(published),
  };
}

/** Where a sentence stands, such as `section 4.1, paragraph 1, sentence 4 (pp. 379–380)`. */
export function placeText({ section, paragraph, sentence, pages: [first, last] }: PublishedLocation): string {
  const pages = first === last ? `p.\u00a0${first}` : `pp.\u00a0${first}–${last}`;
  return `section ${section}, paragraph ${paragraph}, sentence ${sentence} (${pages})`;
}

const kinds: readonly Difference["kind"][] = [
  "accelerator",
  "virtualisation",
  "machine",
  "framework",
  "batch size",
  "profile",
  "drift",
  "coverage",
];

/** Differences of the findings that have evidence, each once: those of all of them, and the others with a letter each. */
function apart(judgements: readonly Judgement[]): {
  readonly common: readonly string[];
  readonly letters: ReadonlyMap<string, string>;
} {
  const judged = judgements.filter(({ evidence }) => evidence.length > 0);
  const all = judged.flatMap(({ differences }) => differences);
  const sorted = kinds.flatMap((kind) => all.filter((difference) => difference.kind === kind));
  const texts = [...new Set(sorted.map(({ text }) => text))];
  const isCommon = (text: string): boolean =>
    judged.every(({ differences }) => differences.some((difference) => difference.text === text));
  const others = texts.filter((text) => !isCommon(text));
  return { common: texts.filter(isCommon), letters: new Map(others.map((text, index) => [text, letterOf(index)])) };
}

/** `a` to `z`, then `aa`, `ab`, … */
function letterOf(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : `${letterOf(Math.floor(index / 26) - 1)}${last}`;
}

function statementRows(
  { quote, location, note }: PublishedStatement,
  judgements: readonly Judgement[],
  letters: ReadonlyMap<string, string>,
): StatementRows {
  return { quote, place: placeText(location), note, rows: judgements.map((each) => findingRow(each, letters)) };
}

function findingRow(judgement: Judgement, letters: ReadonlyMap<string, string>): FindingRow {
  const { finding, verdict, evidence, decisive, differences } = judgement;
  const shown = decisive === null ? { ratio: dash, interval: dash, n: dash } : numbersOf(decisive);
  return {
    title: finding.title,
    ...shown,
    verdict,
    why: whyText(judgement),
    letters: evidence.length === 0 ? [] : differences.flatMap(({ text }) => letters.get(text) ?? []).sort(byLetter),
    comparisons: evidence.length < 2 ? [] : evidence.map(comparisonText),
  };
}

function byLetter(one: string, other: string): number {
  return one.length === other.length ? one.localeCompare(other, "en") : one.length - other.length;
}

function numbersOf({ ratio, interval, n }: Evidence): Pick<FindingRow, "ratio" | "interval" | "n"> {
  return {
    ratio: ratio === null ? dash : ratioText(ratio),
    interval: interval === null ? dash : intervalText(interval),
    n: ratio === null ? dash : String(n),
  };
}

/** Why the verdict, and what the shown ratio is of. */
function whyText({ outcome, hindrance, tally, decisive, chosenMargin }: Judgement): string {
  if (decisive === null) return outcome;
  const shown = `${decisive.quantity} (${whereText(decisive)}): ${decisive.reason}`;
  const margin = chosenMargin === null ? "" : `. ${marginText(chosenMargin)}`;
  const before = hindrance ?? tally;
  return `${before === null ? "" : `${before}${hindrance === null ? ": " : "; shown: "}`}${shown}${margin}`;
}

function whereText({ cell, series }: Evidence): string {
  return `${cell.scenario}, ${cell.model}, batch ${cell.batchSize}, ${series}`;
}

function comparisonText(evidence: Evidence): string {
  const { quantity, verdict, reason } = evidence;
  const { ratio, interval, n } = numbersOf(evidence);
  const numbers = evidence.ratio === null ? reason : `${ratio} (${interval}), n = ${n}`;
  return `${quantity}; ${whereText(evidence)}: ${numbers}: ${verdict}`;
}

function summaryText({ name }: PublishedSet, judgements: readonly Judgement[]): string {
  const count = (which: PublishedVerdict) => judgements.filter(({ verdict }) => verdict === which).length;
  const [agrees, disagrees, open] = [count("agrees"), count("disagrees"), count("cannot tell")];
  const total = judgements.length;
  return (
    `Of the ${total} findings of ${name}, this study agrees with ${agrees}, disagrees with ${disagrees}, ` +
    `and cannot tell for ${open}.`
  );
}

function citationText({ source }: PublishedSet): string {
  const { authors, title, venue, pages, published, doi } = source;
  return `${authors.join(", ")}: ${title}. ${venue}, ${published}, pp.\u00a0${pages[0]}–${pages[1]}. DOI ${doi}`;
}
