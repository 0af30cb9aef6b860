import type { Interference, Results } from "../measure/results.ts";
import { dash, intervalText, numberText, ratioText } from "./number-text.ts";
import { baselineFirst, labelOf, summaryOf } from "./run.ts";

/** What one environment lost beside other programs, as text. */
export interface InterferenceRow {
  readonly environment: string;
  /** Median throughput beside the other program. */
  readonly median: string;
  readonly ratio: string;
  readonly interval: string;
  readonly n: string;
  readonly verdict: string;
  /** Its largest cause; a dash where nothing was lost, `cannot tell` where none can be named. */
  readonly cause: string;
  /** Why the ratio or the cause is missing; null when neither is. */
  readonly reason: string | null;
  /** What the programs beside did meanwhile, such as `8.86 images/s`. */
  readonly background: string;
  /** Extra seconds per item and what they went into; null where there is no pair of blocks. */
  readonly split: string | null;
  /** The counters beside and alone, as `name: beside, alone`. */
  readonly evidence: readonly string[];
}

/** What one series lost in all environments. */
export interface InterferenceTable {
  readonly series: string;
  readonly alone: string;
  /** Unit of the median. */
  readonly unit: string;
  /** The baseline first. */
  readonly rows: readonly InterferenceRow[];
}

/** Every series that is held against the same work alone; empty where none is. */
export function interferenceTables(results: Results): InterferenceTable[] {
  const all = results.interference ?? [];
  return [...new Set(all.map(({ series }) => series))].map((series) => {
    const own = all.filter((each) => each.series === series);
    const units = results.environments.flatMap((each) => summaryOf(each, series, "throughput")?.unit ?? []);
    return {
      series,
      alone: own[0]?.alone ?? "",
      unit: units[0] ?? "items/s",
      rows: baselineFirst(results).flatMap((result) => {
        const found = own.find(({ environment }) => environment === result.environment);
        const median = summaryOf(result, series, "throughput")?.median ?? null;
        return found === undefined ? [] : [rowOf(found, labelOf(result), median)];
      }),
    };
  });
}

function rowOf(found: Interference, environment: string, median: number | null): InterferenceRow {
  const { ratio, interval, n, verdict, background, cause, causeReason, reason, counters } = found;
  const slower = verdict === "slower";
  return {
    environment,
    median: median === null ? dash : numberText(median, 4),
    ratio: ratio === null ? dash : ratioText(ratio),
    interval: interval === null ? dash : intervalText(interval),
    n: String(n),
    verdict,
    cause: cause ?? (slower ? "cannot tell" : dash),
    reason: reason ?? (slower ? causeReason : null),
    background: background.map(backgroundText).join(", ") || dash,
    split: splitText(found),
    evidence: counters.map(({ counter, beside, alone }) => {
      return `${counter}: ${numberText(beside, 3)}, ${numberText(alone, 3)}`;
    }),
  };
}

function backgroundText({ throughput: { mean, unit } }: Interference["background"][number]): string {
  return mean === null ? dash : `${numberText(mean, 3)} ${unit}`;
}

function splitText({ extraSecondsPerItem, parts }: Interference): string | null {
  if (extraSecondsPerItem === null) return null;
  const told = parts.map(({ cause, secondsPerItem }) => {
    return `${cause} ${secondsPerItem === null ? "not told" : numberText(secondsPerItem, 3)}`;
  });
  return `Extra seconds per item ${numberText(extraSecondsPerItem, 3)}: ${told.join(", ")}`;
}
