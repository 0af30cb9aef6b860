import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { EndpointControl, EndpointFacts } from "../measure/endpoint.ts";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { cpusOfMemory } from "../measure/function-edition.ts";
import { packageLimits } from "../measure/function-package.ts";
import { detached, lastLines } from "./daemon.ts";
import { execute, identityVariables } from "./execute.ts";
import { type FunctionFrontInputs, functionFrontInputsSchema, functionFrontStateSchema } from "./function-inputs.ts";
import { functionCache } from "./function-package.ts";
import { type FrontState, lookAtFront } from "./fronts.ts";
import { type FrontConfiguration, frontFiles, frontStateSchema } from "./function/configuration.ts";
import { mustBeGone, removeOwned } from "./leftovers.ts";
import { type Machine, markUsed, readMachine, required } from "./machine.ts";
import { endProcesses } from "./processes.ts";
import { digestOfFile } from "./record-file.ts";
import type { ResourceHandler } from "./resource-handler.ts";
import { executeInRoot } from "./root-program.ts";
import { sandboxDirectory, sandboxPath } from "./run-directory.ts";
import { controlSocket, removeSockets } from "./sockets.ts";

/** Longest time for a front to listen, and to end its instances, in seconds. */
const limits = { start: 30, end: 15 };

function readState(directory: string): FrontState | null {
  const file = join(directory, frontFiles.state);
  return existsSync(file) ? frontStateSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : null;
}

/** What a front cannot do without: the rights to make namespaces and control groups, and their programs. */
async function mustBeAble(): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new UnderlayError(
      "privileges-missing",
      "A function's instances need root: each has control groups and a network namespace of its own.",
      "Run Pulumi as root, or on a machine where you are.",
    );
  }
  for (const argv of [
    ["runc", "--version"],
    ["python3", "--version"],
  ]) {
    await execute(argv, { timeoutSec: 20 }).catch((cause: unknown) => {
      throw new UnderlayError(
        "program-missing",
        `A function's instances need ${argv[0] ?? ""}: ${messageOf(cause)}`,
        `Install it (Debian: \`apt-get install ${argv[0] ?? ""}\`).`,
      );
    });
  }
}

/**
 * Unpacks a package into the cache, where all functions of the same package share it.
 *
 * @throws UnderlayError `package-changed` when it is not the one that was named, `package-invalid` when it is no package
 */
async function unpack(
  { package: archive }: FunctionFrontInputs,
  machine: Machine,
  signal: AbortSignal,
): Promise<string> {
  const tasks = join(functionCache(), "tasks");
  const folder = join(tasks, archive.sha256);
  if (existsSync(folder)) {
    markUsed(folder);
    return folder;
  }
  const digest = digestOfFile(archive.path) ?? "none";
  if (digest !== archive.sha256) {
    throw new UnderlayError(
      "package-changed",
      `The package ${archive.path} has the SHA-256 ${digest}, but was to have ${archive.sha256}.`,
      "Make it again: `pulumi up --refresh`.",
    );
  }
  const unfinished = join(tasks, `.${archive.sha256}.${String(process.pid)}`);
  mkdirSync(unfinished, { recursive: true });
  try {
    const program = fileURLToPath(new URL("./function/unpack.py", import.meta.url));
    const seen = [
      { source: program, target: "/data/unpack.py" },
      { source: archive.path, target: "/data/package.zip" },
      { source: unfinished, target: "/data/task", writable: true },
    ];
    const argv = ["python3", "/data/unpack.py", "/data/package.zip", "/data/task", String(packageLimits.unzipped)];
    await executeInRoot(machine, argv, seen, { timeoutSec: 300, signal }).catch((cause: unknown) => {
      signal.throwIfAborted();
      const reason = cause instanceof UnderlayError ? (cause.hint ?? cause.message) : messageOf(cause);
      throw new UnderlayError(
        "package-invalid",
        `${archive.path} is no package of a function: ${reason.trim()}.`,
        "It must be a zip archive of at most 250 MiB unpacked.",
        { cause },
      );
    });
    renameSync(unfinished, folder);
  } catch (thrown) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) {
      throw thrown;
    }
  }
  return folder;
}

function configurationOf(inputs: FunctionFrontInputs, machine: Machine, task: string): FrontConfiguration {
  const { package: archive, ...own } = inputs;
  return {
    ...own,
    directory: sandboxDirectory(inputs.runId, inputs.name),
    controlSocket: controlSocket(inputs),
    root: required(machine, "root", machine.root).directory,
    task,
    runtimePackages: required(machine, "serving", machine.serving).runtime,
    handler: archive.handler,
  };
}

/** The module that runs a front: in the repository it is bundled when it is started, in the package it is compiled. */
function frontModule(): string {
  const compiled = fileURLToPath(new URL("./function/main.js", import.meta.url));
  return existsSync(compiled) ? compiled : fileURLToPath(new URL("./function/launch.mjs", import.meta.url));
}

function startFront(configuration: FrontConfiguration): ChildProcess {
  const { directory, runId, name, maximumInstances, network } = configuration;
  const file = join(directory, frontFiles.configuration);
  writeFileSync(file, JSON.stringify(configuration), { mode: 0o600 });
  const starter = fileURLToPath(new URL("./function/front.py", import.meta.url));
  return detached({
    argv: [
      "python3",
      starter,
      String(maximumInstances),
      network ? "host" : "own",
      process.execPath,
      frontModule(),
      file,
    ],
    log: join(directory, frontFiles.log),
    env: identityVariables(runId, name),
  });
}

async function waitForFront(child: ChildProcess, directory: string, signal: AbortSignal): Promise<FrontState> {
  const ended: { reason?: string } = {};
  child.once("error", (error) => (ended.reason = messageOf(error)));
  child.once("exit", (code) => (ended.reason = `it ended with ${String(code)}`));
  for (const end = Date.now() + limits.start * 1000; Date.now() < end; await sleep(20)) {
    signal.throwIfAborted();
    const state = readState(directory);
    if (state !== null) {
      return state;
    }
    if (ended.reason !== undefined) {
      break;
    }
  }
  const said = lastLines(join(directory, frontFiles.log), 5);
  const reason = ended.reason ?? `it does not listen within ${String(limits.start)} s`;
  throw new UnderlayError("front-failed", `The function's front did not start: ${reason}.`, said === "" ? null : said);
}

/** Removes everything that carries a function's identity, whether it was recorded or not. */
async function removeFront(inputs: FunctionFrontInputs): Promise<void> {
  const directory = sandboxPath(inputs.runId, inputs.name);
  const front = readState(directory);
  if (front !== null) await endProcesses([front], limits.end, "SIGTERM");
  const machine = readMachine();
  const stuck = await removeOwned(inputs, machine);
  rmSync(directory, { recursive: true, force: true });
  removeSockets(inputs);
  mustBeGone(inputs.name, stuck);
}

function factsOf(inputs: FunctionFrontInputs): EndpointFacts {
  const { package: archive, memoryMiB, edition, timeoutSec, ephemeralStorageMiB, maximumInstances } = inputs;
  return {
    target: "local",
    ...{ memoryMiB, timeoutSec, ephemeralStorageMiB, maximumInstances },
    cpus: cpusOfMemory(memoryMiB, edition),
    architecture: archive.architecture,
    runtime: archive.runtime,
    packageSha256: archive.sha256,
    model: archive.model,
  };
}

function controlOf(inputs: FunctionFrontInputs): EndpointControl {
  const log = join(sandboxPath(inputs.runId, inputs.name), frontFiles.functionLog);
  return { socket: controlSocket(inputs), log };
}

/** The resource `FunctionFront`. */
export const functionFrontHandler: ResourceHandler<FunctionFrontInputs> = {
  schema: functionFrontInputsSchema,
  stateSchema: functionFrontStateSchema,
  updates: [],
  create: async (inputs, { signal, progress }) => {
    await mustBeAble();
    const machine = readMachine();
    // What an `up` that was killed here left behind has the same identity: it makes room.
    await removeFront(inputs);
    try {
      progress.status("unpacking the package");
      const task = await unpack(inputs, machine, signal);
      progress.status("starting the front");
      const configuration = configurationOf(inputs, machine, task);
      const front = await waitForFront(startFront(configuration), configuration.directory, signal);
      const id = `${inputs.runId}/${inputs.name}`;
      return { id, outputs: { ...inputs, url: front.url, facts: factsOf(inputs), control: controlOf(inputs) } };
    } catch (thrown) {
      await removeFront(inputs);
      throw thrown;
    }
  },
  read: async (_id, inputs, state, { progress }) => {
    const seen = await lookAtFront(readState(sandboxPath(inputs.runId, inputs.name)), state["url"], "/");
    if (seen === "gone") {
      progress.warn(`The function "${inputs.name}" is gone: its front no longer runs on this machine.`);
      return null;
    }
    if (seen === "silent") progress.warn(`The function "${inputs.name}" runs, but does not answer: it counts as busy.`);
    return state;
  },
  delete: (_id, inputs) => removeFront(inputs),
};
