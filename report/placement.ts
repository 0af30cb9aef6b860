import type { Candidate, Placement } from "../measure/placement/candidate.ts";
import { columnLines } from "./columns.ts";
import { withoutControls } from "./markup.ts";
import { dash, numberText } from "./number-text.ts";

/** Rows of candidates that are shown of those that do not qualify, for a terminal. */
const mostOthers = 12;

const money = (amount: number | null, currency: string | null): string =>
  amount === null ? dash : `${numberText(amount, 3)} ${currency ?? ""}`;

function cellsOf(candidate: Candidate): string[] {
  const { name, kind, replicas, machines, load, p95, perHour, perThousand, currency, asOf, verdict } = candidate;
  const size =
    replicas === null ? dash : machines === null ? String(replicas) : `${String(replicas)} on ${String(machines)}`;
  return [
    name,
    kind,
    size,
    load === null ? dash : `${(100 * load).toFixed(0)} %`,
    p95 === null ? dash : `${(1000 * p95).toFixed(0)} ms`,
    money(perHour, currency),
    money(perThousand, currency),
    asOf ?? dash,
    verdict,
  ];
}

const heads = ["place", "kind", "replicas", "busy", "p95 ≤", "an hour", "1,000", "as of", "verdict"];
const numbers: readonly number[] = [2, 3, 4, 5, 6];

/** The answer in one sentence. */
export function placementSentence({ chosen, candidates, demand, currency }: Placement): string {
  const asked = `${numberText(demand.rate, 3)} requests/s within ${(1000 * demand.p95).toFixed(0)} ms at the 95th percentile`;
  const qualifying = candidates.filter(({ verdict }) => verdict === "qualifies");
  if (chosen === null && qualifying.length > 0)
    return `No answer for ${asked}: what qualifies has no price in ${currency}.`;
  if (chosen === null) {
    const open = candidates.filter(({ verdict }) => verdict === "cannot tell").length;
    return `Nothing is known to serve ${asked}: of ${String(candidates.length)} places ${String(open)} cannot be told.`;
  }
  const { name, replicas, perHour, perThousand, asOf } = chosen;
  const size = replicas === null ? "" : `, ${String(replicas)} ${replicas === 1 ? "replica" : "replicas"}`;
  return (
    `Serve ${asked} on ${name}${size}: ${money(perHour, currency)} an hour, ${money(perThousand, currency)} for 1,000 predictions, ` +
    `at prices of ${asOf ?? ""}; the least of ${String(qualifying.length)} that qualify.`
  );
}

/** How often each reason was given, the most frequent first. */
function reasonLines(others: readonly Candidate[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { verdict, reason, name } of others) {
    const key = `${verdict}: ${reason ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups].map(([reason, names]) => {
    const shown = names.length > 4 ? [...names.slice(0, 3), `${String(names.length - 3)} more`] : names;
    return `${dash} ${reason} (${shown.join(", ")})`;
  });
}

/** The sentence, a table, reasons, what would settle the rest, assumptions, evidence and sources, for a terminal. */
export function placementText(placement: Placement): string {
  const { candidates, settle, assumptions } = placement;
  const qualifying = candidates.filter(({ verdict }) => verdict === "qualifies");
  const others = candidates.filter(({ verdict }) => verdict !== "qualifies");
  const rows = [...qualifying, ...others.slice(0, qualifying.length === 0 ? mostOthers : 0)];
  const unpriced = qualifying
    .filter(({ perHour }) => perHour === null)
    .map(({ name, reason }) => `${dash} ${name}: ${reason ?? ""}`);
  const told = (
    of: (one: Candidate) => readonly (string | null)[],
    among: readonly Candidate[] = qualifying,
  ): string[] => [...new Set(among.flatMap(of).filter((one) => one !== null))];
  const parts = [
    [placementSentence(placement)],
    rows.length === 0 ? [] : columnLines([heads, ...rows.map(cellsOf)], numbers),
    [...unpriced, ...reasonLines(others)],
    settle.map((one) => `To settle: ${one}`),
    assumptions.map((one) => `Assumed: ${one}`),
    told(({ speed }) => [speed]).map((one) => `Speed: ${one}`),
    // What an answer rests on is told where it is no, or none, too.
    told(({ evidence }) => [evidence], candidates).map((one) => `Measured: ${one}`),
    told(({ sources }) => sources).map((one) => `Price: ${one}`),
  ];
  const texts = parts.filter((part) => part.length > 0).map((part) => part.map(withoutControls).join("\n"));
  return `${texts.join("\n\n")}\n`;
}
