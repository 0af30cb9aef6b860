import { messageOf, UnderlayError } from "../../measure/error.ts";
import { columnLines } from "../../report/columns.ts";
import { endOf } from "../stack-list.ts";
import { openTarget, type Tagged, type Target, type TargetName } from "./target.ts";

/** What is to be removed of a target, as it was typed. */
export interface OnTargetOptions {
  readonly run: readonly string[];
  readonly expired?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Those that were asked for: by the run's id, or because they have stood too long. */
export function doomedOf(all: readonly Tagged[], { run, expired }: OnTargetOptions, now: Date): Tagged[] {
  const isOver = ({ expires }: Tagged): boolean => expires !== null && endOf(expires) <= now.getTime();
  return all.filter((one) => run.includes(one.runId) || (expired === true && isOver(one)));
}

/** Removes one after the other, as far as it goes; returns what could not be removed, with the reason. */
async function removeAll(target: Target, doomed: readonly Tagged[]): Promise<string[]> {
  const failures: string[] = [];
  for (const one of doomed) {
    try {
      await target.remove(one);
      process.stderr.write(`removed ${one.kind} ${one.name} of run ${one.runId}\n`);
    } catch (thrown) {
      failures.push(`${one.kind} ${one.name} could not be removed: ${messageOf(thrown)}`);
    }
  }
  return failures;
}

/**
 * Lists what carries runs' ids on a target, removes what was asked for, and looks again. Whether a run is alive cannot be
 * known there, so that runs are named, or have stood too long.
 *
 * @returns 0 when nothing that was asked for is left, 1 otherwise
 * @throws UnderlayError `kubernetes-unreachable` and its like
 */
export async function reapTarget(name: TargetName, options: OnTargetOptions): Promise<number> {
  if (options.yes === true && options.run.length === 0 && options.expired !== true) {
    throw new UnderlayError(
      "option-missing",
      "--yes asks to remove nothing.",
      "Name runs by --run, or give --expired.",
    );
  }
  const target = await openTarget(name);
  const now = new Date();
  const all = await target.list();
  const doomed = doomedOf(all, options, now);
  if (options.json === true) {
    const marked = all.map((one) => ({ ...one, doomed: doomed.includes(one) }));
    process.stdout.write(`${JSON.stringify(marked, null, 2)}\n`);
  } else {
    const rows = all.map(({ runId, kind, id, expires }) => [runId, kind, id, expires ?? "—"]);
    process.stdout.write(
      all.length === 0
        ? "Nothing carries the id of a run.\n"
        : `${columnLines([["run", "kind", "name", "expires"], ...rows], []).join("\n")}\n`,
    );
  }
  if (doomed.length === 0) return 0;
  if (options.yes !== true) {
    process.stderr.write(`${String(doomed.length)} would be removed: add --yes.\n`);
    return 1;
  }
  const failures = await removeAll(target, doomed);
  // What is listed a moment longer than it lives, such as a machine that ends, is not taken for left.
  const left = failures.length === 0 ? [] : doomedOf(await target.list(), options, now);
  for (const line of failures) process.stderr.write(`${line}\n`);
  process.stderr.write(left.length === 0 ? "audit: nothing that was asked for is left\n" : "");
  return left.length === 0 ? 0 : 1;
}
