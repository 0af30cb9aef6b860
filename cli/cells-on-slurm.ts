import { mkdirSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { messageOf } from "../measure/error.ts";
import { type Connection, quote } from "../provider/connection.ts";
import { executeAt } from "../provider/execute.ts";
import { measuredBefore, type PlacedCell, type Played } from "./cells.ts";
import { Interruption } from "./interruption.ts";

/** How cells are handed to a cluster. */
export interface SlurmArray {
  /** Way to where its commands are; the folders of cells are seen from there as from here. */
  readonly connection: Connection;
  /** Folder for the tasks' output. */
  readonly logs: string;
  /** Most cells at a time; as many as the cluster has room for where it is null. */
  readonly parallel: number | null;
  /** Further options of `sbatch`, such as `--partition=long`. */
  readonly options: readonly string[];
  /** The command that plays one cell and writes its file. */
  readonly commandOf: (cell: PlacedCell) => readonly string[];
}

/** Longest that an array is waited for, in seconds: three weeks. */
const longestSec = 21 * 86_400;
const pollMs = 5000;

/**
 * The script of an array, whose tasks are cells. Each has state and temporary files of its own on its node, which go with
 * it: cells of one node would meet there. A signal is the command's to end in order.
 *
 * @param cells in the order of the tasks' numbers
 * @param array how they are handed to the cluster
 */
export function arrayScript(cells: readonly PlacedCell[], array: SlurmArray): string {
  const { parallel, logs, commandOf } = array;
  const atATime = parallel === null ? "" : `%${String(parallel)}`;
  return [
    "#!/bin/bash",
    `#SBATCH --array=0-${String(cells.length - 1)}${atATime}`,
    `#SBATCH --output=${join(logs, "%A-%a.log")}`,
    "#SBATCH --ntasks=1",
    "own=$(mktemp -d /tmp/cell-XXXXXX) || exit 1",
    `trap 'rm -rf "$own"' EXIT`,
    "trap : TERM",
    'export XDG_STATE_HOME=$own/state TMPDIR=$own/tmp; mkdir "$TMPDIR"',
    'case "$SLURM_ARRAY_TASK_ID" in',
    ...cells.map((cell, index) => `${String(index)}) ${commandOf(cell).map(quote).join(" ")} & ;;`),
    "esac",
    // What waits is woken by a signal before the command has ended.
    "command=$!; wait $command; code=$?",
    "while kill -0 $command 2>/dev/null; do wait $command; code=$?; done",
    "exit $code",
    "",
  ].join("\n");
}

/** The caller's variables that Slurm's own commands go by: where it is configured, and options such as the account. */
function slurmVariables(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => /^(?:SLURM_CONF$|SLURM_CLUSTERS$|SBATCH_)/.test(name));
  return Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

/**
 * Plays the cells that are not measured yet as an array of jobs of a Slurm, and waits for them. Cells that are measured
 * stay so, however it ends; what is not is handed in by the next call.
 */
export async function playCellsOnSlurm(cells: readonly PlacedCell[], array: SlurmArray): Promise<Played> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const missing = (): PlacedCell[] => cells.filter((cell) => measuredBefore(cell) === null);
  let waiting = missing();
  for (const { id } of cells.filter((cell) => !waiting.includes(cell))) say(`${id}: measured before`);
  if (waiting.length === 0) return { complete: true, interrupted: false };
  mkdirSync(array.logs, { recursive: true });
  const name = `underlay-${randomBytes(6).toString("hex")}`;
  const env = slurmVariables();
  const ask = (argv: readonly string[]): Promise<string> => executeAt(array.connection, argv, { timeoutSec: 60, env });
  const interruption = new Interruption();
  interruption.listen();
  // What has not begun is taken out; what runs is told to end, and tears down what it made.
  const cancel = async (): Promise<void> => {
    await ask(["scancel", "--state=PENDING", `--name=${name}`]);
    await ask(["scancel", "--full", "--signal=TERM", `--name=${name}`]);
  };
  let cancelled = false;
  const watch = setInterval(() => {
    const now = missing();
    for (const { id } of waiting.filter((cell) => !now.includes(cell))) say(`${id}: measured`);
    waiting = now;
    if (interruption.requested && !cancelled) {
      cancelled = true;
      void cancel().catch((thrown: unknown) => {
        say(messageOf(thrown));
      });
    }
  }, pollMs);
  try {
    say(`${String(waiting.length)} cells are handed to Slurm as ${name}; output: ${array.logs}`);
    const argv = ["sbatch", "--wait", `--job-name=${name}`, ...array.options];
    await executeAt(array.connection, argv, { timeoutSec: longestSec, input: arrayScript(waiting, array), env });
  } catch (thrown) {
    // One that fails leaves the others as they are: what is measured is known by its file.
    say(messageOf(thrown));
  } finally {
    clearInterval(watch);
    interruption.release();
  }
  const left = missing();
  for (const { id } of left) say(`${id}: not measured`);
  return { complete: left.length === 0, interrupted: interruption.requested };
}
