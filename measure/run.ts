import type { z } from "zod";
import { UnderlayError } from "./error.ts";
import type { EnvironmentName, HostFacts } from "./facts.ts";
import type { endLineSchema, failureLineSchema, runLineSchema, stopLineSchema } from "./record.ts";
import type { NetworkFacts } from "./network-facts.ts";
import type { BlockLine, Companion, LaunchLine, RecordLine } from "./record.ts";
import type { Skipped } from "./results.ts";

/** First line of a record. */
export type RunLine = z.infer<typeof runLineSchema>;
/** The orderly end of a session. */
export type StopLine = z.infer<typeof stopLineSchema>;
/** A failure of a session. */
export type FailureLine = z.infer<typeof failureLineSchema>;
/** How a run ended. */
export type RunStatus = z.infer<typeof endLineSchema>["status"];

/** What a record says about one environment. */
export interface EnvironmentRun {
  readonly environment: EnvironmentName;
  /** Of the host that leads. */
  readonly facts: HostFacts;
  /** The hosts beside it; empty where there is one. */
  readonly companions: readonly Companion[];
  /** What was measured between its hosts; empty where they share no network. */
  readonly network: readonly NetworkFacts[];
  /** By round; a session that did not become ready is missing. */
  readonly launches: ReadonlyMap<number, LaunchLine>;
  /** In the order of the record. */
  readonly blocks: readonly BlockLine[];
  /** By round; a session that did not end in order is missing. */
  readonly stops: ReadonlyMap<number, StopLine>;
  readonly failures: readonly FailureLine[];
}

/** A record, put together and checked as a whole. */
export interface Run {
  readonly header: RunLine;
  /** In the order in which the record names them. */
  readonly environments: readonly EnvironmentRun[];
  /** Environments that could not be had. */
  readonly skipped: readonly Skipped[];
  /** `partial` where the record has no last line: whoever wrote it was killed. */
  readonly status: RunStatus;
}

interface Collected extends EnvironmentRun {
  readonly launches: Map<number, LaunchLine>;
  readonly blocks: BlockLine[];
  readonly stops: Map<number, StopLine>;
  readonly failures: FailureLine[];
}

/**
 * Puts the lines of a record together.
 *
 * @param lines The record, as `parseRecord` gives it.
 * @throws UnderlayError `record-order` when the first line, and no other, is not of type run, an environment is used
 *   before its own line, or a line follows the last one; `record-duplicate` when an environment, launch, block or stop
 *   comes twice; `record-series` for a block of a series that the schedule does not have.
 */
export function runOf(lines: readonly RecordLine[]): Run {
  const [header, ...rest] = lines;
  if (header?.type !== "run") throw disorder(1, "the line of type run is missing; it must be the first");
  const names = header.schedule.series.map((series) => series.name);
  const environments = new Map<EnvironmentName, Collected>();
  const seen = new Set<string>();
  rest.forEach((line, index) => {
    const number = index + 2;
    if (line.type === "run") throw disorder(number, "there may be one line of type run only");
    if (line.type === "end") {
      if (number < lines.length) throw disorder(number + 1, "nothing may follow the line of type end");
      return;
    }
    const identity = identityOf(line);
    if (identity !== null && seen.has(identity)) {
      const message = `Line ${number} of the record repeats ${identity}.`;
      throw new UnderlayError("record-duplicate", message, "Each one is measured once; do not join records.");
    }
    if (identity !== null) seen.add(identity);
    if (line.type === "block" && !names.includes(line.series)) {
      const message = `Line ${number} of the record is a block of series ${line.series}; the schedule has ${names.join(", ")}.`;
      throw new UnderlayError("record-series", message);
    }
    if (line.type !== "skipped") collect(environments, line, number);
  });
  const last = lines.at(-1);
  return {
    header,
    environments: [...environments.values()],
    skipped: rest.flatMap((line) =>
      line.type === "skipped" ? [{ environment: line.environment, reason: line.reason }] : [],
    ),
    status: last?.type === "end" ? last.status : "partial",
  };
}

type EnvironmentPart = Exclude<RecordLine, { type: "run" | "end" }>;
type MeasuredPart = Exclude<EnvironmentPart, { type: "skipped" }>;

function collect(environments: Map<EnvironmentName, Collected>, line: MeasuredPart, number: number): void {
  const { environment } = line;
  if (line.type === "environment") {
    const { facts, companions = [], network = [] } = line;
    environments.set(environment, {
      environment,
      facts,
      companions,
      network,
      launches: new Map(),
      blocks: [],
      stops: new Map(),
      failures: [],
    });
    return;
  }
  const target = environments.get(environment);
  if (target === undefined) throw disorder(number, `${environment} is used before its line of type environment`);
  if (line.type === "launch") target.launches.set(line.round, line);
  else if (line.type === "block") target.blocks.push(line);
  else if (line.type === "stop") target.stops.set(line.round, line);
  else target.failures.push(line);
}

/** What may come once only, in words; null for failures, of which one session may have several. */
function identityOf(line: EnvironmentPart): string | null {
  if (line.type === "failure") return null;
  if (line.type === "environment" || line.type === "skipped") return `environment ${line.environment}`;
  const place = `${line.type} of ${line.environment} in round ${line.round}`;
  return line.type === "block" ? `${place}, series ${line.series}, block ${line.block}` : place;
}

function disorder(number: number, what: string): UnderlayError {
  return new UnderlayError("record-order", `Line ${number} of the record: ${what}.`);
}
