import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import { execute } from "../provider/execute.ts";
import { findLeftovers, type Leftover } from "../provider/leftovers.ts";
import { type Machine, readMachine } from "../provider/machine.ts";
import { isAlive } from "../provider/processes.ts";
import { resourceTypes } from "../provider/resource-types.ts";
import { clearRun } from "../provider/run.ts";
import { isKeptElsewhere } from "../provider/run-elsewhere.ts";
import { readRunFile, type RunFile } from "../provider/run-directory.ts";
import type { TargetName } from "./reap/target.ts";
import { tellUnknown } from "./reap/unknown.ts";

/** Options of `underlay reap`, as they were typed. */
export interface ReapOptions {
  readonly dryRun?: boolean;
  readonly run: readonly string[];
  readonly json?: boolean;
  readonly target: "local" | TargetName;
  readonly expired?: boolean;
  readonly yes?: boolean;
}

/**
 * Does what `underlay reap` was asked for: of this machine, of stacks that have stood too long, or of a target.
 *
 * @returns 0 when nothing is left, 1 when something is
 */
export async function reapAll(options: ReapOptions): Promise<number> {
  const { target, expired, yes } = options;
  if (target !== "local") return (await import("./reap/on-target.ts")).reapTarget(target, options);
  if (expired === true) return (await import("./reap/expired-stacks.ts")).reapExpiredStacks(yes === true);
  return reap(options);
}

/** Whether a run's stack still has it. */
export type Standing = "live" | "dead" | "unknown";

const exportSchema = z.object({
  deployment: z.object({ resources: z.array(z.object({ type: z.string(), id: z.string().optional() })).nullish() }),
});

/**
 * Whether a run's stack still has it: asked of the process that made it, then of the stack's state.
 *
 * @param file what is known of the run; null when its folder is gone
 * @param runId its id
 * @param machine where Pulumi is
 */
export async function standing(file: RunFile | null, runId: string, machine: Machine): Promise<Standing> {
  if (file === null || machine.pulumi === null) {
    return file === null && !isKeptElsewhere(runId) ? "dead" : "unknown";
  }
  if (isAlive(file.creator)) {
    return "live";
  }
  try {
    const command = [
      machine.pulumi.command,
      "stack",
      "export",
      "--stack",
      file.stack,
      "--cwd",
      file.directory,
      "--non-interactive",
    ];
    const env = { PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_CONFIG_PASSPHRASE: "", ...file.engine };
    const { deployment } = exportSchema.parse(JSON.parse(await execute(command, { timeoutSec: 60, env })));
    const has = deployment.resources?.some(({ type, id }) => type === resourceTypes.run && id === runId) ?? false;
    return has ? "live" : "dead";
  } catch (thrown) {
    const gone =
      thrown instanceof UnderlayError &&
      /no stack named|no such file or directory|could not find/i.test(thrown.message);
    return gone ? "dead" : "unknown";
  }
}

/** A run with what it left and whether its stack still has it. */
interface Found {
  readonly runId: string;
  readonly standing: Standing;
  readonly leftovers: readonly Leftover[];
}

async function survey(machine: Machine): Promise<Found[]> {
  const leftovers = await findLeftovers(machine);
  const runIds = [...new Set(leftovers.map(({ runId }) => runId))];
  return Promise.all(
    runIds.map(async (runId) => ({
      runId,
      standing: await standing(readRunFile(runId), runId, machine),
      leftovers: leftovers.filter((leftover) => leftover.runId === runId),
    })),
  );
}

function print(found: readonly Found[]): void {
  for (const { runId, standing: state, leftovers } of found) {
    process.stdout.write(`run ${runId} (${state === "unknown" ? "its stack cannot be asked" : state})\n`);
    for (const { kind, name, detail } of leftovers) {
      process.stdout.write(`  ${kind} ${name} ${detail}\n`);
    }
  }
}

function outcomeText(count: number, dryRun: boolean): string {
  if (count === 0) return "Nothing is left of a dead run.\n";
  return dryRun ? `${String(count)} dead runs would be removed.\n` : `Removed ${String(count)} dead runs.\n`;
}

/**
 * Lists and removes what dead runs left; a run whose stack still has it is not touched, unless it is named.
 *
 * @returns 0 when nothing is left, 1 when something is, or a run was named that nothing is found of
 */
export async function reap({
  dryRun = false,
  run,
  json = false,
}: Pick<ReapOptions, "dryRun" | "run" | "json">): Promise<number> {
  const machine = readMachine();
  const found = await survey(machine);
  const isUnknown = tellUnknown(
    run,
    found.map(({ runId }) => runId),
    "on this machine",
  );
  const doomed = found.filter((entry) => run.includes(entry.runId) || (run.length === 0 && entry.standing === "dead"));
  if (json) {
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  } else {
    print(found);
  }
  const cleared = dryRun ? [] : await Promise.all(doomed.map(({ runId }) => clearRun(runId)));
  if (!json) process.stdout.write(outcomeText(doomed.length, dryRun));
  const away = cleared.flatMap((entry) => entry.away);
  for (const { name, detail } of away) {
    process.stderr.write(`program ${name} stays, if its host is still there: ${detail}\n`);
  }
  const left = dryRun ? doomed : [...away, ...cleared.flatMap((entry) => entry.stuck)];
  return left.length === 0 && !isUnknown ? 0 : 1;
}
