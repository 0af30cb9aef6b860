import { existsSync } from "node:fs";
import { join } from "node:path";
import { processesWith } from "./processes.ts";

/** Where a process keeps its state, by its environment; null when that does not say. */
function stateHome(environment: ReadonlyMap<string, string>): string | null {
  const home = environment.get("HOME");
  return environment.get("XDG_STATE_HOME") ?? (home === undefined ? null : join(home, ".local", "state"));
}

/**
 * Whether a run that has no folder here has one in another state folder, that of another user or another
 * `XDG_STATE_HOME`: one of its processes tells. It is not ours to judge.
 */
export function isKeptElsewhere(runId: string): boolean {
  return processesWith("UNDERLAY_RUN").some(({ environment }) => {
    const home = environment.get("UNDERLAY_RUN") === runId ? stateHome(environment) : null;
    return home !== null && existsSync(join(home, "underlay", "runs", runId));
  });
}
