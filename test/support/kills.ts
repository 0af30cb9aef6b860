import { setTimeout as sleep } from "node:timers/promises";
import { stateDirectory } from "../../provider/machine.ts";
import { processesWith, type ProcessWithEnvironment, type RunProcess, runProcesses } from "../../provider/processes.ts";
import { runsOnDisk } from "../../provider/run-directory.ts";

/** Processes of this program's own runs: other stacks of this machine are none of its business. */
export function ownProcesses(): RunProcess[] {
  const own = runsOnDisk();
  return runProcesses().filter(({ runId }) => own.includes(runId));
}

const engineProcesses = (): ProcessWithEnvironment[] =>
  processesWith("UNDERLAY_WORKSPACE").filter(({ environment }) =>
    (environment.get("UNDERLAY_WORKSPACE") ?? "").startsWith(stateDirectory()),
  );

const victims = {
  "the engine": () => engineProcesses().find(({ command }) => /\/?pulumi (up|update|destroy)/.test(command))?.pid,
  "the provider": () => engineProcesses().find(({ command }) => command.includes("provider/launch.mjs"))?.pid,
  "a guest": () => ownProcesses().find(({ command }) => command.startsWith("unshare"))?.pid,
  "a workload": () => ownProcesses().find(({ command }) => command.startsWith("python3"))?.pid,
};

/** What is killed. */
export type Victim = keyof typeof victims;
/** All that can be killed, in turn. */
export const victimNames = Object.keys(victims) as readonly Victim[];

/**
 * Kills a victim, after a while and as soon as it is there.
 *
 * @param victim which one
 * @param afterMs how long it is left alone at least
 * @param signal ends the search for it, such as when there will be none
 * @returns whether it was met
 */
export async function killSoon(victim: Victim, afterMs: number, signal?: AbortSignal): Promise<boolean> {
  await sleep(afterMs);
  for (let tries = 0; tries < 200 && signal?.aborted !== true; tries += 1, await sleep(50)) {
    const pid = victims[victim]();
    if (pid !== undefined) {
      process.kill(pid, "SIGKILL");
      return true;
    }
  }
  return false;
}
