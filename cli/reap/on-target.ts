import { messageOf, UnderlayError } from "../../measure/error.ts";
import { columnLines } from "../../report/columns.ts";
import { tellUnknown } from "./unknown.ts";
import { endOf } from "../stack-list.ts";
import type { Tagged, Target, TargetName } from "./target.ts";

/** What is to be removed of a target, as it was typed. */
export interface OnTargetOptions {
  readonly run: readonly string[];
  readonly expired?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Opens a target by what the caller's environment says of it. */
async function openTarget(name: TargetName): Promise<Target> {
  switch (name) {
    case "kubernetes":
      return (await import("./kubernetes.ts")).kubernetesTarget();
    case "openstack":
      return (await import("./openstack.ts")).openstackTarget(process.env);
    case "aws":
      return (await import("./aws.ts")).awsTarget();
  }
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

function jsonOf(all: readonly Tagged[], doomed: readonly Tagged[]): string {
  const marked = all.map((one) => ({ ...one, doomed: doomed.includes(one) }));
  return `${JSON.stringify(marked, null, 2)}\n`;
}

function tableOf(all: readonly Tagged[]): string {
  if (all.length === 0) return "Nothing carries the id of a run.\n";
  const rows = all.map(({ runId, kind, id, expires }) => [runId, kind, id, expires ?? "—"]);
  return `${columnLines([["run", "kind", "name", "expires"], ...rows], []).join("\n")}\n`;
}

/**
 * Lists what carries runs' ids on a target, removes what was asked for, and looks again. Whether a run is alive cannot be
 * known there, so that runs are named, or have stood too long.
 *
 * @returns 0 when nothing that was asked for is left, 1 otherwise, and when a run was named that nothing is found of
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
  process.stdout.write(options.json === true ? jsonOf(all, doomed) : tableOf(all));
  const carried = all.map(({ runId }) => runId);
  const found = tellUnknown(options.run, carried, `on the target ${name}`) ? 1 : 0;
  if (doomed.length === 0) return found;
  if (options.yes !== true) {
    process.stderr.write(`${String(doomed.length)} would be removed: add --yes.\n`);
    return 1;
  }
  const failures = await removeAll(target, doomed);
  // What is listed a moment longer than it lives, such as a machine that ends, is not taken for left.
  const left = failures.length === 0 ? [] : doomedOf(await target.list(), options, now);
  for (const line of failures) process.stderr.write(`${line}\n`);
  process.stderr.write(left.length === 0 ? "audit: nothing that was asked for is left\n" : "");
  return left.length === 0 ? found : 1;
}
