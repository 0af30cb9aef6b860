import type { EnvironmentName } from "../../measure/facts.ts";
import type { RecordLine } from "../../measure/record.ts";
import { makeSchedule } from "../../measure/schedule.ts";
import type { Plan } from "../resources.ts";
import { type SessionCommand, type SessionEvent, sessionEventSchema } from "../session-events.ts";

/** Where a queued pod has what it runs. */
export const queuedPlaces = { program: "/underlay/program", plans: "/underlay/plans" } as const;

/** Lines that a queued pod prints by itself, so that its log tells when what began. */
export const marks = { facts: "underlay: facts", launch: "underlay: launch" } as const;

type Fixed = Pick<Plan, "options" | "schedule">;

/** The commands of a session that nobody answers to: for each launch, all that the program is told, in order. */
export function fixedCommands({ options, schedule }: Fixed, environment: EnvironmentName): SessionCommand[][] {
  const steps = makeSchedule(schedule, [environment]);
  return Array.from({ length: schedule.rounds }, (_, round): SessionCommand[] => [
    { command: "start", options },
    ...steps.flatMap((step): SessionCommand[] =>
      step.action === "block" && step.round === round
        ? [{ command: "block", series: step.series, block: step.block, steps: step.steps }]
        : [],
    ),
    { command: "stop" },
  ]);
}

/**
 * What a queued pod runs: prints its facts, then starts the program once for each file of commands.
 *
 * @param command of the program; `{program}` stands for its place
 */
export function queuedCommand(command: readonly string[]): string[] {
  const script = [
    "set -e",
    `echo "${marks.facts}"`,
    `python3 ${queuedPlaces.plans}/facts.py`,
    // The program is this script's own arguments: no word of it is read by a shell.
    `for plan in ${queuedPlaces.plans}/*.jsonl; do echo "${marks.launch}"; "$@" < "$plan"; done`,
  ];
  const words = command.map((word) => word.replaceAll("{program}", queuedPlaces.program));
  return ["sh", "-c", script.join("\n"), "underlay", ...words];
}

interface Told {
  readonly at: Date;
  /** On the clock of the node, in seconds. */
  readonly seconds: number;
  readonly event: SessionEvent;
}

/** One launch of the program, as its log tells of it. */
interface LoggedLaunch {
  readonly seconds: number;
  readonly events: Told[];
  readonly log: string[];
}

/** What a queued pod's log tells. */
export interface QueuedLog {
  /** What `facts.py` printed; null when it did not come so far. */
  readonly facts: string | null;
  readonly launches: readonly LoggedLaunch[];
}

function eventIn(text: string): SessionEvent | null {
  if (!text.startsWith("{")) {
    return null;
  }
  try {
    return sessionEventSchema.parse(JSON.parse(text));
  } catch {
    return null; // What the program logs may look like JSON.
  }
}

/** Seconds of a time such as `2026-11-22T14:00:00.123456789Z`, whose last digits a Date does not keep. */
function secondsOf(time: string): number {
  const [whole = "", fraction = "0"] = time.replace(/Z$/, "").split(".");
  return Date.parse(`${whole}Z`) / 1000 + Number(`0.${fraction}`);
}

/** Reads the log of a queued pod, with the node's time before each line. */
export function readQueuedLog(text: string): QueuedLog {
  const launches: LoggedLaunch[] = [];
  let facts: string | null = null;
  let afterMark = false;
  for (const line of text.split("\n")) {
    const gap = line.indexOf(" ");
    const [time, said] = [line.slice(0, gap), line.slice(gap + 1)];
    const launch = launches.at(-1);
    const event = eventIn(said);
    if (afterMark) {
      facts = said;
    } else if (said === marks.launch) {
      launches.push({ seconds: secondsOf(time), events: [], log: [] });
    } else if (event !== null && launch !== undefined) {
      launch.events.push({ at: new Date(secondsOf(time) * 1000), seconds: secondsOf(time), event });
    } else if (said !== "") {
      launch?.log.push(said);
    }
    afterMark = said === marks.facts;
  }
  return { facts, launches };
}

const logLinesKept = 40;

/** The lines of a record that one event stands for. */
function recorded(environment: EnvironmentName, round: number, launch: LoggedLaunch, index: number): RecordLine[] {
  const told = launch.events[index];
  if (told === undefined) {
    return [];
  }
  const { event } = told;
  const at = told.at.toISOString();
  const since = (earlier: number): number => Math.max(0, told.seconds - earlier);
  const before = launch.events[index - 1]?.seconds ?? launch.seconds;
  const place = { environment, round, at };
  switch (event.event) {
    case "hello":
      return [];
    case "ready": {
      const hello = launch.events[0]?.seconds ?? launch.seconds;
      const startSeconds = Math.max(0, hello - launch.seconds);
      const { parts, facts } = event;
      return [{ type: "launch", ...place, seconds: since(launch.seconds), startSeconds, parts, facts }];
    }
    case "block": {
      const { event: _event, ...block } = event;
      return [{ type: "block", ...place, ...block, hostSeconds: since(before) }];
    }
    case "stopped":
      return [{ type: "stop", ...place, seconds: since(before), peakMemoryMiB: event.peakMemoryMiB }];
    case "error": {
      const log = launch.log.slice(-logLinesKept);
      return [{ type: "failure", ...place, code: event.code, message: event.message, log }];
    }
  }
}

const complete = (commands: readonly SessionCommand[], events: readonly Told[]): boolean => {
  const count = (kind: SessionEvent["event"]): number => events.filter(({ event }) => event.event === kind).length;
  return count("stopped") === 1 && count("block") === commands.filter(({ command }) => command === "block").length;
};

/**
 * What a queued pod's log says, as lines of a record. A launch that did not play all that it was told, and said no error,
 * is a failure, too.
 *
 * @param environment that the pod is
 * @param commands what it was told, by launch
 * @param log what it said
 */
export function recordOfLog(
  environment: EnvironmentName,
  commands: readonly (readonly SessionCommand[])[],
  log: QueuedLog,
): RecordLine[] {
  const { launches } = log;
  return commands.flatMap((own, round): RecordLine[] => {
    const launch = launches[round];
    const lines =
      launch === undefined ? [] : launch.events.flatMap((_, index) => recorded(environment, round, launch, index));
    if (lines.some(({ type }) => type === "failure") || (launch !== undefined && complete(own, launch.events))) {
      return lines;
    }
    const earlier = launches.slice(0, round).some(({ events }) => events.at(-1)?.event.event !== "stopped");
    const message = `The program of launch ${String(round + 1)} ended before it had played all blocks.`;
    const at = (launch?.events.at(-1)?.at ?? new Date(0)).toISOString();
    const last = launch?.log.slice(-logLinesKept) ?? [];
    const failure = { type: "failure", environment, round, at, code: "session-died", message, log: last } as const;
    // What was not begun because of an earlier failure is none of its own.
    return earlier ? lines : [...lines, failure];
  });
}
