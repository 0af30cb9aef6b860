import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { messageOf, UnderlayError } from "../../../measure/error.ts";
import { type FunctionReport, parseReport } from "../../../measure/function-report.ts";
import type { Reports } from "./options.ts";

/** A log is written while requests are answered, and delivered later: how often it is looked at, and for how long. */
const everyMs = 250;
const longestLogBytes = 256 * 1024 * 1024;

async function textOf(source: Reports): Promise<string> {
  if (source.from === "file") return readFile(source.path, "utf8");
  const [file = "", ...args] = source.argv;
  try {
    return (await promisify(execFile)(file, args, { maxBuffer: longestLogBytes })).stdout;
  } catch (cause) {
    const told = `The function's log could not be read by the command ${file}: ${messageOf(cause).trim()}.`;
    throw new UnderlayError("reports-unreadable", told, "Run it by hand, and mend what it says.", { cause });
  }
}

/**
 * Reads what a command prints once, before there are requests: cold starts by waiting take an hour, and one that cannot be
 * read afterwards would be lost.
 *
 * @throws UnderlayError `reports-unreadable`
 */
export async function mustBeReadable(source: Reports | null): Promise<void> {
  if (source?.from === "command") await textOf(source);
}

/**
 * What the service noted down of requests, by their ids. Waits until all of them are there, as long as the source allows;
 * what is not there by then is missing.
 */
export async function reportsOf(source: Reports, ids: ReadonlySet<string>): Promise<Map<string, FunctionReport>> {
  const found = new Map<string, FunctionReport>();
  for (const end = Date.now() + source.patienceSec * 1000; ; await sleep(everyMs)) {
    for (const line of (await textOf(source)).split("\n")) {
      // Services put the time, or the name of a stream, before what the function's runtime wrote.
      const report = parseReport(line.slice(Math.max(0, line.indexOf("REPORT RequestId: "))));
      if (report !== null && ids.has(report.requestId)) found.set(report.requestId, report);
    }
    if (found.size === ids.size || Date.now() > end) return found;
  }
}
