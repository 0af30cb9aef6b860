import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { messageOf, UnderlayError } from "../measure/error.ts";
import type { Results } from "../measure/results.ts";
import { digestOfFile } from "../provider/record-file.ts";
import { checkConfig } from "../stacks/check-config.ts";
import { configNamespace } from "../stacks/config.ts";
import { stackConfig } from "./config-pairs.ts";
import { Job, type JobOutcome } from "./job.ts";
import { cellFileName, cellSchema, recordsName, withRecord } from "./results-file.ts";

/** One cell of a study or of a sweep, with its place on disk and its whole configuration. */
export interface PlacedCell {
  readonly id: string;
  readonly folder: string;
  readonly config: Readonly<Record<string, string>>;
}

/** What a cell is, before it has a place. */
type Cell = Pick<PlacedCell, "id" | "config">;

/**
 * Gives a cell its folder, with its records in it, and its whole configuration.
 *
 * @param out folder of all cells
 * @param cell one of them
 * @param given `KEY=VALUE` words of `--config`
 */
export function placeCell(out: string, cell: Cell, given: readonly string[]): PlacedCell {
  const { id, config } = cell;
  const folder = join(out, id);
  return { id, folder, config: stackConfig({ ...config, recordDirectory: join(folder, recordsName) }, given) };
}

/** What a key's value comes to: what is measured, not where its files are on this machine. */
function meaningOf(key: string, value: string | undefined): string | undefined {
  if (key === `${configNamespace}:recordDirectory`) return undefined;
  // The cache names a data set by what decides its bytes.
  const isNamedByContent = key === `${configNamespace}:imagenet` && /\/imagenet-[0-9a-f]{16}$/.test(value ?? "");
  return isNamedByContent ? basename(value ?? "") : value;
}

/** What a cell measured before, when it was measured to its end, with this configuration, and its record is intact. */
export function measuredBefore({ folder, config }: PlacedCell): Results | null {
  const file = join(folder, cellFileName);
  const parsed = existsSync(file) ? cellSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))) : null;
  if (parsed?.success !== true || parsed.data.results.status !== "complete") {
    return null;
  }
  const { config: before } = parsed.data;
  const results = withRecord(parsed.data.results, folder);
  const same =
    Object.keys({ ...before, ...config }).every((key) => meaningOf(key, before[key]) === meaningOf(key, config[key])) &&
    digestOfFile(results.record.path) === results.record.sha256;
  return same ? results : null;
}

/** What the cells to come will take, in words, from those played so far. */
function minutesLeft(seconds: readonly number[], cells: number): string {
  const mean = seconds.reduce((sum, one) => sum + one, 0) / seconds.length;
  return seconds.length === 0 ? "time left not known yet" : `about ${String(Math.ceil((mean * cells) / 60))} min left`;
}

/** Checks what cells are configured to be, before the first of them takes its minutes. */
function checkCells(cells: readonly PlacedCell[]): void {
  for (const { id, config } of cells) {
    try {
      checkConfig(config);
    } catch (cause) {
      throw new UnderlayError("config-invalid", `The cell ${id} cannot be played: ${messageOf(cause)}`, null, {
        cause,
      });
    }
  }
}

/** Plays a cell, and once more when it failed: a crash of one environment must not cost the rest. Both records stay. */
async function upTwice(job: Job, { id, config }: PlacedCell): Promise<JobOutcome> {
  const first = await job.up(config);
  if (!first.failed || job.interrupted) {
    return first;
  }
  job.progress.line(`${id} failed; once more`);
  return job.up(config);
}

/** How the playing of cells ended. */
export interface Played {
  /** Whether all of them are measured, and nothing is left behind. */
  readonly complete: boolean;
  /** Whether Ctrl-C ended it. */
  readonly interrupted: boolean;
}

/**
 * Plays the cells that are not measured yet, one after the other in one stack.
 *
 * @param name of the job: its workspace and stack
 * @param cells in the order in which they are played
 * @throws UnderlayError `config-invalid` before anything is played, when one of them cannot be
 */
export async function playCells(name: string, cells: readonly PlacedCell[]): Promise<Played> {
  checkCells(cells);
  const job = await Job.open(name);
  const seconds: number[] = [];
  let complete = true;
  try {
    for (const [index, cell] of cells.entries()) {
      if (measuredBefore(cell) !== null) {
        job.progress.line(`${cell.id}: measured before`);
        continue;
      }
      const rest = cells.slice(index).filter((one) => measuredBefore(one) === null).length;
      const place = `cell ${String(index + 1)} of ${String(cells.length)}`;
      job.progress.line(`${cell.id}: ${place}; ${minutesLeft(seconds, rest)}`);
      const from = performance.now();
      const { results, failed } = await upTwice(job, cell);
      if (job.interrupted) {
        complete = false;
        break;
      }
      seconds.push((performance.now() - from) / 1000);
      if (results === null || failed) {
        complete = false;
        job.progress.line(`${cell.id} failed; the others go on`);
        continue;
      }
      mkdirSync(cell.folder, { recursive: true });
      writeFileSync(join(cell.folder, cellFileName), `${JSON.stringify({ config: cell.config, results }, null, 2)}\n`);
    }
    const clean = await job.tearDown();
    return { complete: complete && clean, interrupted: job.interrupted };
  } finally {
    await job.close();
  }
}

/** Prints which cells there are, and which are measured. */
export function listCells(cells: readonly PlacedCell[], json: boolean): void {
  const state = cells.map((one) => ({ id: one.id, measured: measuredBefore(one) !== null }));
  const lines = state.map(({ id, measured }) => `${id}${measured ? "  measured" : ""}\n`).join("");
  process.stdout.write(json ? `${JSON.stringify(state, null, 2)}\n` : lines);
}
