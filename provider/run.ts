import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import { runInputsSchema } from "./inputs.ts";
import { findLeftovers, type Leftover, removeLeftovers } from "./leftovers.ts";
import { type Machine, readMachine } from "./machine.ts";
import { identify, isAlive } from "./processes.ts";
import type { ResourceHandler } from "./resource-handler.ts";
import { readRunFile, removeRunDirectory, runDirectory, runsOnDisk, writeRunFile } from "./run-directory.ts";

type RunInputs = z.infer<typeof runInputsSchema>;

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

/** A new id for a run: `r` and nine letters or digits. */
export function makeRunId(): string {
  return `r${[...randomBytes(9)].map((byte) => alphabet[byte % alphabet.length] ?? "").join("")}`;
}

/** The engine's variables that lead to a stack's state; a token or passphrase is none of them. */
function engineVariables(): Record<string, string> {
  return Object.fromEntries(
    ["PULUMI_HOME", "PULUMI_BACKEND_URL"].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function machineIfSetUp(): Machine | null {
  try {
    return readMachine();
  } catch {
    return null; // Without set-up there is no engine of ours to ask for containers.
  }
}

const describe = ({ kind, name, owner, detail }: Leftover): string =>
  [kind, name, owner === "" ? "" : `of ${owner}`, detail === "" ? "" : `(${detail})`].filter(Boolean).join(" ");

/**
 * Removes all that carries a run's id, and looks again.
 *
 * @returns what was found, its folder apart, what stays in spite of the removal, and what of it is on hosts that could not
 * be reached, or refused: whether such a host is still there is not known, and nobody waits for it
 */
export async function clearRun(runId: string): Promise<{ found: Leftover[]; stuck: Leftover[]; away: Leftover[] }> {
  const machine = machineIfSetUp();
  const carries = async (): Promise<Leftover[]> =>
    (await findLeftovers(machine)).filter(
      (leftover) => leftover.runId === runId && leftover.name !== runDirectory(runId),
    );
  const found = await carries();
  const away = (await removeLeftovers(found, machine)).filter(({ kind }) => kind === "program");
  removeRunDirectory(runId);
  return { found, stuck: await carries(), away };
}

/** Ends earlier runs of the same stack: a stack has one life, and the engine knows of this one only. */
async function endEarlierRuns(inputs: RunInputs, directory: string): Promise<void> {
  for (const runId of runsOnDisk()) {
    const file = readRunFile(runId);
    const same = file?.project === inputs.project && file.stack === inputs.stack && file.directory === directory;
    const sameState = JSON.stringify(file?.engine) === JSON.stringify(engineVariables());
    if (file !== null && same && sameState && !isAlive(file.creator)) {
      await clearRun(runId);
    }
  }
}

/** The resource `Run`. */
export const runHandler: ResourceHandler<RunInputs> = {
  schema: runInputsSchema,
  // Who answers for a run, and how long it may stand, may change while it stands.
  updates: ["owner", "expires"],
  create: async (inputs) => {
    const directory = resolve(".");
    await endEarlierRuns(inputs, directory);
    const runId = makeRunId();
    writeRunFile({
      runId,
      ...inputs,
      directory,
      engine: engineVariables(),
      createdAt: new Date().toISOString(),
      creator: identify(process.pid) ?? { pid: process.pid, startTime: "" },
    });
    return { id: runId, outputs: { ...inputs, runId } };
  },
  update: (id, inputs) => {
    const file = readRunFile(id);
    if (file !== null) {
      const { owner: _owner, expires: _expires, ...rest } = file;
      writeRunFile({ ...rest, ...inputs });
    }
    return Promise.resolve({ ...inputs, runId: id });
  },
  read: (id, _inputs, state) => Promise.resolve(readRunFile(id) === null ? null : state),
  delete: async (id, _inputs, _state, { progress }) => {
    const { found, stuck, away } = await clearRun(id);
    for (const leftover of found) {
      const missed = away.find(({ name }) => name === leftover.name);
      progress.warn(
        missed === undefined
          ? `audit: ${describe(leftover)} was left behind, and is removed.`
          : `audit: ${describe(leftover)} stays, if its host is still there: ${missed.detail}`,
      );
    }
    if (stuck.length > 0) {
      throw new UnderlayError(
        "leftovers",
        `Run ${id} left behind: ${stuck.map(describe).join("; ")}.`,
        "Run `underlay reap`.",
      );
    }
    progress.info(`audit: nothing carries the run id ${id} any more.`);
  },
};
