import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { parseRecord } from "../measure/parse-record.ts";
import { type Results, resultsSchema } from "../measure/results.ts";
import { findLeftovers } from "../provider/leftovers.ts";
import { readMachine } from "../provider/machine.ts";
import { resourceTypes } from "../provider/resource-types.ts";
import { resultsTable } from "../report/table.ts";
import { Interruption } from "./interruption.ts";
import { ProgressLines } from "./progress-lines.ts";
import { writeReport } from "./report.ts";
import { projectRoot } from "./version.ts";
import { endOrphans, openWorkspace, takeUp } from "./workspace.ts";
import { WorkspaceLock } from "./workspace-lock.ts";

/** Options of `underlay start`. */
export interface StartOptions {
  readonly data?: string;
  readonly profile?: string;
  readonly model?: string;
  readonly config: readonly string[];
  readonly out: string;
  readonly keep: boolean;
}

const workspaceName = "start";

/** Keys that name a folder: from where the command was called, not from where Pulumi runs the program. */
const folderKeys: readonly string[] = ["data", "imagenet", "recordDirectory"];

/**
 * The stack's configuration, as `namespace:key` and text, that the options of a start ask for; `--config` comes last.
 *
 * @throws UnderlayError `config-invalid` when a `--config` is no pair
 */
export function configOf(options: StartOptions): Record<string, string> {
  const { data, profile, model } = options;
  const given = options.config.map((pair): [string, string] => {
    const at = pair.indexOf("=");
    if (at < 1) {
      throw new UnderlayError(
        "config-invalid",
        `--config is "${pair}".`,
        "Write it as KEY=VALUE, such as --config rounds=5.",
      );
    }
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  const own = { data, profile, model, recordDirectory: join(options.out, "records") };
  const all: Record<string, string | undefined> = { ...own, ...Object.fromEntries(given) };
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) =>
      value === undefined
        ? []
        : [[`underlay:${key}`, folderKeys.includes(key) && value !== "" ? resolve(value) : value]],
    ),
  );
}

const stateSchema = z.object({
  resources: z
    .array(
      z.object({ type: z.string(), id: z.string().optional(), outputs: z.record(z.string(), z.unknown()).optional() }),
    )
    .nullish(),
});

/** What the stack's state knows of the run and of its results: also after an `up` that failed. */
async function stateOf(stack: Stack): Promise<{ runId: string | null; results: Results | null }> {
  const { resources } = stateSchema.parse((await stack.exportStack()).deployment);
  const measured = resources?.find(({ type }) => type === resourceTypes.measurement)?.outputs?.["results"];
  const results = resultsSchema.safeParse(measured);
  const run = resources?.find(({ type }) => type === resourceTypes.run);
  return { runId: run?.id ?? null, results: results.success ? results.data : null };
}

async function showResults(results: Results, out: string): Promise<void> {
  const lines = parseRecord(readFileSync(results.record.path, "utf8"), { allowCut: true });
  const page = await writeReport({ results, lines }, out);
  process.stdout.write(
    `\n${resultsTable(results, { width: process.stdout.columns, colours: process.stdout.isTTY })}\n\nreport: ${page}\nresults: ${join(out, "results.json")}\n`,
  );
}

/** Looks whether anything on this machine still carries the run's id. */
async function audit(runId: string): Promise<boolean> {
  const left = (await findLeftovers(readMachine())).filter((leftover) => leftover.runId === runId);
  for (const { kind, name, detail } of left) {
    process.stderr.write(`audit: ${kind} ${name} ${detail} is left behind\n`);
  }
  process.stderr.write(left.length === 0 ? `audit: nothing carries the run id ${runId}\n` : "");
  return left.length === 0;
}

async function tearDown(stack: Stack, progress: ProgressLines): Promise<boolean> {
  const { runId } = await stateOf(stack);
  progress.status("tearing down");
  await stack.destroy({ onEvent: progress.take, suppressOutputs: true });
  return runId === null ? true : audit(runId);
}

/**
 * The main job: provision, measure, report, tear down, audit.
 *
 * @returns 0 when all of it went well, 1 otherwise, 130 after Ctrl-C
 */
export async function start(options: StartOptions): Promise<number> {
  const lock = WorkspaceLock.take(workspaceName);
  const interruption = new Interruption();
  interruption.listen();
  try {
    return await startLocked(options, lock, interruption);
  } finally {
    interruption.release();
    lock.release();
  }
}

async function startLocked(options: StartOptions, lock: WorkspaceLock, interruption: Interruption): Promise<number> {
  const progress = new ProgressLines();
  const machine = readMachine();
  const program = join(projectRoot, "program.mjs");
  const stack = await openWorkspace({ name: workspaceName, program, config: configOf(options), machine });
  if (lock.foundStale) {
    progress.line("the last start was cut off: going on from what it left");
    await takeUp(stack);
  }
  let failed = false;
  try {
    await stack.up({
      onEvent: progress.take,
      suppressOutputs: true,
      signal: interruption.signal,
      refresh: lock.foundStale,
    });
  } catch (thrown) {
    failed = true;
    if (progress.errors.length === 0 && !interruption.requested) {
      progress.line(messageOf(thrown));
    }
  }
  const { results } = await stateOf(stack);
  if (results !== null) {
    await showResults(results, options.out);
  }
  const clean = options.keep ? true : await tearDown(stack, progress);
  await endOrphans(stack);
  rmSync(join(stack.workspace.workDir, "tmp"), { recursive: true, force: true });
  return interruption.requested ? 130 : failed || !clean || results === null ? 1 : 0;
}
