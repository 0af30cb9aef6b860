import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { messageOf, UnderlayError } from "../measure/error.ts";
import {
  type DigestedRun,
  expectedNodes,
  type NodeTimes,
  nodeTimesOf,
  nodeTimesSchema,
} from "../measure/node-times.ts";
import { parseRecord } from "../measure/parse-record.ts";
import { runOf } from "../measure/run.ts";
import { nodesText } from "../report/nodes.ts";
import { numberOf, wholeOf } from "./options.ts";
import { recordFiles } from "./record-files.ts";

/** Options of `underlay nodes`, as they were typed. */
export interface NodesOptions {
  readonly model?: string;
  readonly environment?: string;
  readonly batchSize?: string;
  readonly most: string;
  readonly efficiency: string;
  readonly extrapolate?: boolean;
  readonly target: string;
  readonly out: string;
  readonly json?: boolean;
}

function readRun(path: string): DigestedRun {
  const text = readFileSync(path, "utf8");
  try {
    const run = runOf(parseRecord(text, { allowCut: true }));
    return { run, sha256: createHash("sha256").update(text).digest("hex") };
  } catch (cause) {
    throw new UnderlayError("records-invalid", `${path} is no record: ${messageOf(cause)}`, null, { cause });
  }
}

/**
 * Reads what `underlay nodes` wrote.
 *
 * @throws UnderlayError `node-times-invalid`
 */
export function readNodeTimes(path: string): NodeTimes {
  try {
    return nodeTimesSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new UnderlayError(
      "node-times-invalid",
      `${path} has no times of nodes: ${why}`,
      "Write it by `underlay nodes`.",
      {
        cause,
      },
    );
  }
}

/**
 * Prints the expected best number of nodes of a training, and stores what it rests on for `underlay optimise --nodes`.
 *
 * @param paths Records of single and distributed trainings, or folders of them.
 * @returns 0; 1 when a number can only be had by extrapolation, and that was not asked for
 */
export function adviseNodes(paths: readonly string[], options: NodesOptions): number {
  const { model, environment, target, out, extrapolate = false } = options;
  const efficiency = numberOf("--efficiency", options.efficiency, 0, 1);
  const batch = options.batchSize === undefined ? undefined : wholeOf("--batch-size", options.batchSize, 1, 1e9);
  const most = wholeOf("--most", options.most, 1, 10_000);
  const file = nodeTimesOf(
    recordFiles(paths, (name) => name.endsWith(".jsonl"), true).map(readRun),
    { target, model, environment, batch },
    new Date().toISOString(),
  );
  const expectation = expectedNodes(file, most, efficiency);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${JSON.stringify(file, null, 2)}\n`);
  const considered = expectation.considered.filter(({ extrapolates }) => extrapolate || !extrapolates);
  const said = { ...expectation, considered, beyond: extrapolate ? expectation.beyond : null };
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ ...said, ...file }, null, 2)}\n`
      : `${nodesText(file, expectation, extrapolate)}times: ${out}\n`,
  );
  return expectation.basis === "network" && !extrapolate ? 1 : 0;
}
