import { UnderlayError } from "../measure/error.ts";
import { clearRun, makeRunId } from "../provider/run.ts";
import { identify } from "../provider/processes.ts";
import { writeRunFile } from "../provider/run-directory.ts";
import { projectRoot } from "./version.ts";

/**
 * Lends the id of a run to a command that starts containers without a stack, and removes all that carries it at the end.
 * What a killed command left is found by `underlay reap`.
 *
 * @param command name of the command
 * @throws UnderlayError `leftovers` when something stays
 */
export async function withLocalRun<T>(command: string, work: (runId: string) => Promise<T>): Promise<T> {
  const runId = makeRunId();
  writeRunFile({
    ...{ runId, project: "underlay-command", stack: command, directory: projectRoot, engine: {} },
    createdAt: new Date().toISOString(),
    creator: identify(process.pid) ?? { pid: process.pid, startTime: "" },
  });
  const done = await work(runId).then(
    (value) => () => value,
    (thrown: unknown) => () => {
      throw thrown;
    },
  );
  const { stuck } = await clearRun(runId);
  if (stuck.length > 0) {
    const list = stuck.map(({ kind, name, detail }) => `${kind} ${name} (${detail})`).join(", ");
    throw new UnderlayError("leftovers", `${command} left behind: ${list}.`, `Run \`underlay reap --run ${runId}\`.`);
  }
  return done();
}
