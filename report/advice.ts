import type { Advice, Candidate, Range } from "../measure/advice.ts";
import { columnLines } from "./columns.ts";
import { withoutControls } from "./markup.ts";
import { dash, listText, numberText, ratioText } from "./number-text.ts";
import { labelOf } from "./run.ts";
import { profileNote } from "./verdict.ts";

/** Name of a candidate, such as `vm (kvm), shared`. */
function nameOf({ environment, virtualisation, scenario }: Candidate): string {
  return `${labelOf({ environment, facts: { virtualisation } })}, ${scenario}`;
}

function rangeText({ low, high }: Range): string {
  return `${ratioText(low)} to ${ratioText(high)}`;
}

function costText(cost: number, { equalPrices }: Advice): string {
  return `${numberText(cost, 3)}${equalPrices ? " hours of a host" : ""}`;
}

/** The advice in one sentence: what to take, how slow it is and what a million images cost; or that nothing qualifies. */
export function adviceSentence(advice: Advice): string {
  const { chosen, candidates, slowdown, model } = advice;
  const accepted = ratioText(slowdown);
  const count = (verdict: Candidate["verdict"]): number => candidates.filter((each) => each.verdict === verdict).length;
  const qualifying = count("qualifies");
  if (chosen === null && qualifying > 0) {
    const names = candidates.filter(({ verdict }) => verdict === "qualifies").map(nameOf);
    return `No answer for ${model}: what qualifies has no price (${listText(names)}).`;
  }
  if (chosen === null) {
    return (
      `Nothing qualifies for ${model} within a slowdown of ${accepted}: of ${candidates.length} candidates ` +
      `${count("does not qualify")} are beyond it, and ${count("cannot tell")} cannot be told.`
    );
  }
  const { interval, cost, baseline, besideAlone } = chosen;
  const slow =
    interval === null
      ? "it is the baseline"
      : `its slowdown against ${baseline} is ${rangeText(interval)} where ${accepted} is accepted`;
  const beside = besideAlone === null ? "" : `, with ${ratioText(besideAlone)} of the throughput that it has alone`;
  return (
    `Run ${model} on ${nameOf(chosen)}${beside}: ${slow}, and a million images cost ${costText(cost ?? 0, advice)}; ` +
    `${rankText(advice)}.`
  );
}

/** What the chosen one is the cheapest of. */
function rankText({ candidates }: Advice): string {
  const qualifying = candidates.filter(({ verdict }) => verdict === "qualifies");
  const priced = qualifying.filter(({ cost }) => cost !== null).length;
  if (priced > 1) return `the least of ${priced} that qualify`;
  return qualifying.length > 1 ? "nothing else that qualifies has a price" : "nothing else qualifies";
}

/** What the sentence rests on, and what it leaves open. */
export function adviceNotes(advice: Advice): string[] {
  const { candidates, equalPrices, ties, otherBatchSizes, batchSize } = advice;
  const unpriced = [
    ...new Set(candidates.filter((each) => each.pricePerHour === null).map((each) => each.environment)),
  ];
  const unfinished = [...new Set(candidates.filter((each) => each.status !== "complete").map((each) => each.runId))];
  const profiles = [...new Set(candidates.flatMap(({ profile }) => profileNote(profile) ?? []))];
  const scenarios = new Set(candidates.map(({ scenario }) => scenario));
  return [
    ...(equalPrices ? ["No price was given: every host counts the same, and costs are in hours of a host."] : []),
    ...(unpriced.length === 0 ? [] : [`Without a price, so never chosen: ${listText(unpriced)}.`]),
    ...(ties.length === 0 ? [] : [`Its cost cannot be told apart from that of ${listText(ties.map(nameOf))}.`]),
    ...(scenarios.has("distributed") ? ["A distributed training pays for all its hosts."] : []),
    ...(scenarios.has("shared") ? ["Two trainings that share a host pay half of it each."] : []),
    ...(otherBatchSizes.length === 0
      ? []
      : [`Batches of ${String(batchSize)}; left out: ${otherBatchSizes.join(", ")}.`]),
    ...(unfinished.length === 0 ? [] : [`Not measured to the end: run ${listText(unfinished)}.`]),
    ...profiles,
  ];
}

const heads = ["candidate", "slowdown", "95 % interval", "price", "cost", "verdict", "decided by", "record"];
/** Columns that stand to the right. */
const numbers: readonly number[] = [1, 2, 3, 4];

/** The sentence, a table of all candidates, the notes, and the records that it rests on, for a terminal. */
export function adviceText(advice: Advice): string {
  const { candidates } = advice;
  const records = [...new Set(candidates.map(({ record }) => record.path))];
  const rows = [heads, ...candidates.map((each) => cellsOf(each, records.indexOf(each.record.path) + 1))];
  const table = columnLines(rows, numbers);
  const reasons = candidates.flatMap((each) =>
    each.verdict === "cannot tell" ? [`${dash} ${nameOf(each)}: ${each.reason}`] : [],
  );
  const evidence = records.map((path, index) => {
    const runId = candidates.find(({ record }) => record.path === path)?.runId ?? "";
    return `[${index + 1}] run ${runId}: ${path}`;
  });
  const parts = [[adviceSentence(advice)], table, reasons, adviceNotes(advice), evidence];
  const texts = parts.filter((part) => part.length > 0).map((part) => part.map(withoutControls).join("\n"));
  return `${texts.join("\n\n")}\n`;
}

function cellsOf(candidate: Candidate, record: number): string[] {
  const { slowdown, interval, pricePerHour, hosts, cost, verdict, decided } = candidate;
  const price = pricePerHour === null ? dash : `${numberText(pricePerHour, 3)}${hosts === 1 ? "" : ` × ${hosts}`}`;
  return [
    nameOf(candidate),
    slowdown === null ? dash : ratioText(slowdown),
    interval === null ? dash : rangeText(interval),
    price,
    cost === null ? dash : numberText(cost, 3),
    verdict,
    decided === null ? (slowdown === null ? dash : "baseline") : `${decided.series}, ${decided.metric}`,
    `[${record}]`,
  ];
}
