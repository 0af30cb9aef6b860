import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { FunctionReport } from "../../../measure/function-report.ts";
import { type Answer, readAnswer, readErrorType } from "./answer.ts";
import type { Outcome } from "./phase.ts";

/** What a block of requests came to, as the session protocol tells it. */
export interface BlockNumbers {
  /** Requests that were sent. */
  readonly items: number;
  readonly unit: "requests";
  /** From the intended start of the first request to the end of the last. */
  readonly seconds: number;
  /** Response time of each request that is kept, from its intended start, in seconds; none above `mostSteps`. */
  readonly steps: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<string, number>>;
  /** Further numbers of each of those requests, by name, in seconds unless it ends otherwise; null where not told. */
  readonly samples: Readonly<Record<string, readonly (number | null)[]>>;
  /** All response times as an HdrHistogram of microseconds (V2, compressed, Base64). */
  readonly histogram: string;
}

/** Requests above which a block tells its response times by the histogram alone. */
const mostSteps = 10_000;
/** Three digits from a microsecond to over an hour. */
const histogramShape = {
  lowestDiscernibleValue: 1,
  highestTrackableValue: 4e9,
  numberOfSignificantValueDigits: 3 as const,
  useWebAssembly: false,
};

interface Judged {
  readonly outcome: Outcome;
  readonly answer: Answer;
  /** What it counts as, besides being sent. */
  readonly as: "kept" | "throttled" | "failed" | "discarded" | "wrongTemperature" | "unknownTemperature";
}

function judge(outcome: Outcome): Judged {
  const { status, wanted, discarded, body } = outcome;
  const answered = status !== null && status >= 200 && status < 300;
  const answer = readAnswer(answered ? body : Buffer.alloc(0));
  const as = (): Judged["as"] => {
    if (status === 429) return "throttled";
    if (!answered) return "failed";
    if (discarded) return "discarded";
    if (wanted === null) return "kept";
    if (answer.coldStart === null) return "unknownTemperature";
    return answer.coldStart === (wanted === "cold") ? "kept" : "wrongTemperature";
  };
  return { outcome, answer, as: as() };
}

/** Reads the log of a service for the requests of those ids. */
export type ReadReports = (ids: ReadonlySet<string>) => Promise<ReadonlyMap<string, FunctionReport>>;

/**
 * What a phase of requests came to. Every request counts as `sent` and as one of `kept`, `throttled` (429), `failed`,
 * `discarded`, `wrongTemperature` (warm where cold was wanted, or the reverse) and `unknownTemperature` (where the answer
 * does not say); failures besides by their status or code, and cold starts whatever they count as.
 *
 * @param outcomes At least one, in the order in which they were to start.
 * @param readReports What the service noted down.
 */
export async function blockOf(outcomes: readonly Outcome[], readReports: ReadReports): Promise<BlockNumbers> {
  const judged = outcomes.map(judge);
  const kept = judged.filter(({ as }) => as === "kept");
  const responseTimes = kept.map(({ outcome }) => (outcome.endedAt - outcome.intendedAt) / 1000);
  const histogram = build(histogramShape);
  for (const seconds of responseTimes) histogram.recordValue(Math.max(1, Math.round(seconds * 1e6)));
  const whole = kept.length <= mostSteps;
  return {
    items: outcomes.length,
    unit: "requests",
    seconds: (lastEnd(outcomes) - (outcomes[0]?.intendedAt ?? 0)) / 1000,
    steps: whole ? responseTimes : [],
    metrics: paceOf(outcomes),
    counts: countsOf(judged),
    samples: whole ? await samplesOf(kept, readReports) : {},
    histogram: encodeIntoCompressedBase64(histogram),
  };
}

function lastEnd(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((last, { endedAt }) => Math.max(last, endedAt), 0);
}

function countsOf(judged: readonly Judged[]): Record<string, number> {
  const counts: Record<string, number> = { sent: judged.length };
  for (const as of ["kept", "throttled", "failed", "discarded", "wrongTemperature", "unknownTemperature"] as const) {
    counts[as] = judged.filter((each) => each.as === as).length;
  }
  counts["coldStarts"] = judged.filter(({ answer }) => answer.coldStart === true).length;
  for (const { outcome, as } of judged) {
    if (as !== "failed") continue;
    const why = whyFailed(outcome);
    counts[why] = (counts[why] ?? 0) + 1;
  }
  return counts;
}

/** Its status and, where the body names one, its kind of error; or else the code of the connection's error. */
function whyFailed({ status, failure, body }: Outcome): string {
  if (status === null) return `failed:${failure ?? "unknown"}`;
  const errorType = readErrorType(body);
  return `failed:${status}${errorType === null ? "" : ` ${errorType}`}`;
}

/** How well the generator kept its times: all in seconds, and rates in requests per second where there are several. */
function paceOf(outcomes: readonly Outcome[]): Record<string, number> {
  const late = outcomes.map(({ sentAt, intendedAt }) => (sentAt - intendedAt) / 1000).sort((a, b) => a - b);
  const at = (share: number): number => late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? 0;
  const [first, last] = [outcomes[0], outcomes.at(-1)];
  const rate = (from: number, to: number): number => ((outcomes.length - 1) * 1000) / (to - from);
  const rates =
    first === undefined || last === undefined || last.intendedAt <= first.intendedAt
      ? {}
      : {
          targetRate: rate(first.intendedAt, last.intendedAt),
          achievedRate: rate(first.sentAt, last.sentAt),
        };
  return { ...rates, latenessMedian: at(0.5), latenessP99: at(0.99), latenessMax: late.at(-1) ?? 0 };
}

/** Parts of an instance's start: only the request that waited for it has them. */
const startParts = ["runtimeStart", "imports", "modelLoad", "firstPrediction"];

async function samplesOf(kept: readonly Judged[], readReports: ReadReports): Promise<BlockNumbers["samples"]> {
  const ids = new Set(kept.flatMap(({ answer }) => answer.requestId ?? []));
  const reports = ids.size === 0 ? new Map<string, FunctionReport>() : await readReports(ids);
  const rows = kept.map(({ answer }): Readonly<Record<string, number | null>> => {
    const { coldStart, requestId, timings } = answer;
    const told = Object.entries(timings).filter(([part]) => coldStart !== false || !startParts.includes(part));
    const report = requestId === null ? undefined : reports.get(requestId);
    return { ...Object.fromEntries(told), ...(report === undefined ? {} : reported(report)) };
  });
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort();
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name] ?? null)]));
}

function reported(report: FunctionReport): Record<string, number | null> {
  const { durationMs, billedDurationMs, initDurationMs, sandboxDurationMs, maxMemoryUsedMiB } = report;
  return {
    duration: durationMs / 1000,
    billedDuration: billedDurationMs / 1000,
    init: initDurationMs === null ? null : initDurationMs / 1000,
    sandbox: sandboxDurationMs === null ? null : sandboxDurationMs / 1000,
    memoryUsedMiB: maxMemoryUsedMiB,
  };
}
