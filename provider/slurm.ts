import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { slurmInputsSchema } from "./batch/inputs.ts";
import type { Connection } from "./connection.ts";
import { daemonOf, lastLines, startDaemon } from "./daemon.ts";
import { executeAt, identityVariables } from "./execute.ts";
import { mustBeGone, removeOwned } from "./leftovers.ts";
import { readMachine, required } from "./machine.ts";
import { childOf, endProcesses, isAlive, type ProcessIdentity } from "./processes.ts";
import type { ResourceHandler } from "./resource-handler.ts";
import { sandboxDirectory, sandboxPath } from "./run-directory.ts";
import { slurmConfiguration } from "./slurm/configuration.ts";

type SlurmInputs = z.infer<typeof slurmInputsSchema>;

const startTimeoutSec = 30;

function mustBeRoot(): void {
  const uid = process.getuid?.();
  if (uid !== 0) {
    throw new UnderlayError(
      "slurm-needs-root",
      `A Slurm of one's own needs root, and this user has the id ${String(uid)}.`,
      "Run as root, or describe a cluster that stands with SlurmCluster.fromExisting.",
    );
  }
}

const mainFile = (directory: string): string => join(directory, "main.json");

/** How to run a command among its processes: in its namespaces, with its configuration. */
function entry(directory: string, pid: number): Connection {
  const enter = ["nsenter", "--target", String(pid), "--net", "--mount", "--pid"];
  return { hops: [{ shell: false, argv: [...enter, "env", `SLURM_CONF=${join(directory, "slurm.conf")}`] }] };
}

function writeFiles(inputs: SlurmInputs, directory: string): void {
  for (const name of ["controller", "node"]) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  writeFileSync(join(directory, "munge.key"), randomBytes(1024), { mode: 0o400 });
  writeFileSync(join(directory, "slurm.conf"), slurmConfiguration(directory, inputs));
}

function start(inputs: SlurmInputs, directory: string, tree: string): ProcessIdentity {
  const program = fileURLToPath(new URL("./slurm/start", import.meta.url));
  const namespaces = ["--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc"];
  const identity = startDaemon(
    {
      argv: ["unshare", ...namespaces, "sh", program, tree, directory],
      log: join(directory, "console"),
      env: identityVariables(inputs.runId, inputs.name),
    },
    mainFile(directory),
  );
  if (identity === null) {
    throw new UnderlayError("slurm-not-started", "Slurm could not be started: unshare did not run.");
  }
  return identity;
}

/** State of the node, such as `idle`, in Slurm's own word. */
async function nodeState(connection: Connection, env: Record<string, string>): Promise<string> {
  return executeAt(connection, ["sinfo", "--noheader", "--format=%T"], { timeoutSec: 10, env });
}

async function answered(
  inputs: SlurmInputs,
  directory: string,
  main: ProcessIdentity,
  signal: AbortSignal,
): Promise<Connection> {
  const env = identityVariables(inputs.runId, inputs.name);
  const inside = await childOf(main.pid, 10);
  let last = "it has no process inside its namespaces";
  for (const end = Date.now() + startTimeoutSec * 1000; inside !== null && Date.now() < end; await sleep(100)) {
    signal.throwIfAborted();
    if (!isAlive(main)) break;
    if (!existsSync(join(directory, "slurmctld.log"))) continue;
    const connection = entry(directory, inside);
    try {
      last = await nodeState(connection, env);
      if (last === "idle") return connection;
    } catch (thrown) {
      last = messageOf(thrown);
    }
  }
  throw new UnderlayError(
    "slurm-not-started",
    `Slurm did not come up within ${String(startTimeoutSec)} s: ${last}.`,
    lastLines(join(directory, "console"), 8),
  );
}

/** Removes everything that carries its identity; its jobs end with its namespaces. */
async function remove(inputs: SlurmInputs, directory: string): Promise<void> {
  const main = daemonOf(mainFile(directory));
  await endProcesses(main === null ? [] : [main]);
  const stuck = await removeOwned(inputs, null);
  rmSync(directory, { recursive: true, force: true });
  mustBeGone(inputs.name, stuck);
}

/** The resource `Slurm`: a real Slurm of one node on this machine. */
export const slurmHandler: ResourceHandler<SlurmInputs> = {
  schema: slurmInputsSchema,
  updates: [],
  create: async (inputs, { signal, progress }) => {
    mustBeRoot();
    const machine = readMachine();
    const tree = required(machine, "slurm", machine.slurm).directory;
    // What an `up` that was killed here left behind has the same identity: it makes room.
    await remove(inputs, sandboxPath(inputs.runId, inputs.name));
    const directory = sandboxDirectory(inputs.runId, inputs.name);
    try {
      progress.status("starting Slurm");
      writeFiles(inputs, directory);
      const connection = await answered(inputs, directory, start(inputs, directory, tree), signal);
      return { id: `${inputs.runId}/${inputs.name}`, outputs: { ...inputs, connection } };
    } catch (thrown) {
      await remove(inputs, directory);
      throw thrown;
    }
  },
  read: (_id, { runId, name }, state, { progress }) => {
    const main = daemonOf(mainFile(sandboxPath(runId, name)));
    if (main !== null && isAlive(main)) return Promise.resolve(state);
    progress.warn(`The Slurm "${name}" is gone: it no longer runs on this machine.`);
    return Promise.resolve(null);
  },
  delete: (_id, inputs) => remove(inputs, sandboxPath(inputs.runId, inputs.name)),
};
