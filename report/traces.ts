import { createHash } from "node:crypto";
import type { RecordLine } from "../measure/record.ts";
import { type EnvironmentRun, type Run, runOf } from "../measure/run.ts";

type Value = string | number | boolean;
type Attributes = Readonly<Record<string, Value>>;

/** A piece of time of a run, in ms since 1970, and what it consists of. */
interface Piece {
  /** Names it among its siblings. */
  readonly key: string;
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly attributes: Attributes;
  /** Why it failed; left out where it went well. */
  readonly failure?: { readonly code: string; readonly message: string };
  readonly parts: readonly Piece[];
}

/** A trace as OTLP's JSON has it (opentelemetry-proto 1.x, `ExportTraceServiceRequest`). */
export interface Trace {
  readonly resourceSpans: readonly unknown[];
}

/** Of how many hexadecimal digits OTLP's identities are. */
const digits = { trace: 32, span: 16 };
/** OTLP's numbers for a span inside of a program, and for the two ways that it ends. */
const [internal, fine, failed] = [1, 1, 2];

/**
 * A record as an OpenTelemetry trace: a span for the run, in it one for its preparation and each round, in these one for each
 * session, and in it its launch, its blocks and its stop. Times are those of the machine that measured. Identities come
 * from the run's, so that the same record gives the same trace again.
 *
 * @param lines the record
 * @throws UnderlayError as `runOf` does
 */
export function traceOf(lines: readonly RecordLine[]): Trace {
  const run = runOf(lines);
  const { header } = run;
  const identity = (path: string, length: number): string =>
    createHash("sha256").update(`${header.runId}\n${path}`).digest("hex").slice(0, length);
  const traceId = identity("", digits.trace);
  const spans = (piece: Piece, parent: string): object[] => {
    const path = `${parent}/${piece.key}`;
    const span = {
      traceId,
      spanId: identity(path, digits.span),
      ...(parent === "" ? {} : { parentSpanId: identity(parent, digits.span) }),
      ...spanOf(piece),
    };
    return [span, ...piece.parts.flatMap((part) => spans(part, path))];
  };
  const resource = {
    "service.name": "underlay",
    "service.version": header.underlay,
    "underlay.run": header.runId,
    "underlay.workload": header.workload,
    "underlay.profile": header.profile,
  };
  const scopeSpans = [{ scope: { name: "underlay", version: header.underlay }, spans: spans(whole(run, lines), "") }];
  return { resourceSpans: [{ resource: { attributes: keyValues(resource) }, scopeSpans }] };
}

function spanOf({ name, fromMs, toMs, attributes, failure }: Piece): object {
  const end = nanoseconds(toMs);
  const exception = failure && { "exception.type": failure.code, "exception.message": failure.message };
  return {
    name,
    kind: internal,
    startTimeUnixNano: nanoseconds(fromMs),
    endTimeUnixNano: end,
    attributes: keyValues(attributes),
    ...(exception && { events: [{ timeUnixNano: end, name: "exception", attributes: keyValues(exception) }] }),
    status: failure === undefined ? { code: fine } : { code: failed, message: failure.message },
  };
}

/** A whole number of 64 bits is text in the JSON of protocol buffers. */
const nanoseconds = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);

function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value:
      typeof value === "string"
        ? { stringValue: value }
        : typeof value === "boolean"
          ? { boolValue: value }
          : Number.isInteger(value)
            ? { intValue: String(value) }
            : { doubleValue: value },
  }));
}

const earliest = (pieces: readonly Piece[]): number => Math.min(...pieces.map(({ fromMs }) => fromMs));
const latest = (pieces: readonly Piece[]): number => Math.max(...pieces.map(({ toMs }) => toMs));

function whole(run: Run, lines: readonly RecordLine[]): Piece {
  const begin = Date.parse(run.header.at);
  const rounds = Array.from({ length: run.header.schedule.rounds }, (_, round) => roundOf(run, round)).filter(
    ({ parts }) => parts.length > 0,
  );
  const first = rounds.length === 0 ? null : Math.max(begin, earliest(rounds));
  const prepare = { key: "prepare", name: "prepare", fromMs: begin, attributes: {}, parts: [] };
  const parts = first === null ? [] : [{ ...prepare, toMs: first }, ...rounds];
  const last = lines.at(-1);
  const end = last !== undefined && "at" in last ? Date.parse(last.at) : begin;
  const failure = { code: `run-${run.status}`, message: `The run is ${run.status}.` };
  return {
    key: "run",
    name: `run ${run.header.workload}`,
    fromMs: Math.min(begin, ...rounds.map(({ fromMs }) => fromMs)),
    toMs: Math.max(end, ...rounds.map(({ toMs }) => toMs)),
    attributes: { "underlay.baseline": run.header.baseline, "underlay.status": run.status },
    ...(run.status === "complete" ? {} : { failure }),
    parts,
  };
}

function roundOf(run: Run, round: number): Piece {
  const parts = run.environments.flatMap((environment) => sessionOf(environment, round) ?? []);
  return {
    key: `round-${String(round)}`,
    name: "round",
    fromMs: earliest(parts),
    toMs: latest(parts),
    attributes: { "underlay.round": round },
    parts,
  };
}

/** What took some seconds until a moment. */
function until(at: string, seconds: number): Pick<Piece, "fromMs" | "toMs"> {
  const toMs = Date.parse(at);
  return { fromMs: toMs - seconds * 1000, toMs };
}

/** A session from its launch to its end; null where a round had none of that environment. */
function sessionOf(run: EnvironmentRun, round: number): Piece | null {
  const { environment, facts, launches, blocks, stops, failures } = run;
  const launch = launches.get(round);
  const stop = stops.get(round);
  const failure = failures.find((each) => each.round === round);
  const parts = [
    ...(launch === undefined ? [] : [launchOf(launch)]),
    ...blocks.filter((block) => block.round === round).map(blockOf),
    ...(stop === undefined ? [] : [{ key: "stop", name: "stop", ...until(stop.at, stop.seconds), ...stopFacts(stop) }]),
  ];
  if (parts.length === 0 && failure === undefined) return null;
  const failedAt = failure === undefined ? [] : [Date.parse(failure.at)];
  return {
    key: environment,
    name: `session ${environment}`,
    fromMs: Math.min(...failedAt, ...parts.map(({ fromMs }) => fromMs)),
    toMs: Math.max(...failedAt, ...parts.map(({ toMs }) => toMs)),
    attributes: {
      "underlay.environment": environment,
      "underlay.virtualisation": facts.virtualisation,
      "underlay.round": round,
    },
    ...(failure === undefined ? {} : { failure: { code: failure.code, message: failure.message } }),
    parts,
  };
}

type Launch = EnvironmentRun["launches"] extends ReadonlyMap<number, infer Line> ? Line : never;
type Stop = EnvironmentRun["stops"] extends ReadonlyMap<number, infer Line> ? Line : never;

function stopFacts({ peakMemoryMiB }: Stop): Pick<Piece, "attributes" | "parts"> {
  return { attributes: peakMemoryMiB === null ? {} : { "underlay.peak_memory_mib": peakMemoryMiB }, parts: [] };
}

/** The program's own parts of a launch are durations without a beginning, so they are no spans. */
function launchOf({ at, seconds, startSeconds, parts }: Launch): Piece {
  const own = Object.entries(parts).map(([part, value]): [string, number] => [`underlay.${part}_seconds`, value]);
  return {
    key: "launch",
    name: "launch",
    ...until(at, seconds),
    attributes: { "underlay.start_seconds": startSeconds, ...(Object.fromEntries(own) as Attributes) },
    parts: [],
  };
}

function blockOf({
  at,
  series,
  block,
  items,
  unit,
  seconds,
  hostSeconds,
  steps,
}: EnvironmentRun["blocks"][number]): Piece {
  return {
    key: `${series}-${String(block)}`,
    name: `block ${series}`,
    ...until(at, hostSeconds),
    attributes: {
      "underlay.series": series,
      "underlay.block": block,
      "underlay.items": items,
      "underlay.unit": unit,
      "underlay.seconds": seconds,
      "underlay.steps": steps.length,
    },
    parts: [],
  };
}
