import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { EndpointFacts } from "../../measure/endpoint.ts";
import { UnderlayError } from "../../measure/error.ts";
import { detached, lastLines } from "../daemon.ts";
import { identityVariables } from "../execute.ts";
import { type FrontState, lookAtFront } from "../fronts.ts";
import { mustBeGone, removeOwned, sharedName } from "../leftovers.ts";
import { readMachine } from "../machine.ts";
import { endProcesses, isAlive } from "../processes.ts";
import type { Operation, ResourceHandler, State } from "../resource-handler.ts";
import { sandboxDirectory, sandboxPath } from "../run-directory.ts";
import { controlSocket, removeSockets } from "../sockets.ts";
import { containerName, isRunning, smokeTest, startService, stopService } from "./container.ts";
import { serviceFrontStateSchema } from "./front/configuration.ts";
import { type ServiceContainerInputs, serviceContainerInputsSchema } from "./inputs.ts";

/** Longest time for a front to listen and to end, and for requests at a container that is replaced, in seconds. */
const limits = { start: 30, end: 15, drain: 60 };

function stateFile({ runId, name }: ServiceContainerInputs): string {
  return join(sandboxDirectory(runId, name), "front.json");
}

function frontOf(inputs: ServiceContainerInputs): FrontState | null {
  const file = join(sandboxPath(inputs.runId, inputs.name), "front.json");
  return existsSync(file) ? serviceFrontStateSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : null;
}

/** The module that runs a front: bundled when it is started from the repository, compiled in the package. */
function frontModule(): string {
  const compiled = fileURLToPath(new URL("./front/main.js", import.meta.url));
  return existsSync(compiled) ? compiled : fileURLToPath(new URL("./front/launch.mjs", import.meta.url));
}

/** The front of a service: the one that runs, or a new one. */
async function startFront(inputs: ServiceContainerInputs, signal: AbortSignal): Promise<FrontState> {
  const { runId, name, port } = inputs;
  const standing = frontOf(inputs);
  if (standing !== null && isAlive(standing)) return standing;
  rmSync(stateFile(inputs), { force: true });
  const directory = sandboxDirectory(runId, name);
  const [file, log] = [join(directory, "front-configuration.json"), join(directory, "front.log")];
  writeFileSync(file, JSON.stringify({ port, control: controlSocket(inputs), state: stateFile(inputs) }), {
    mode: 0o600,
  });
  const child = detached({ argv: [process.execPath, frontModule(), file], log, env: identityVariables(runId, name) });
  const ended: { code?: number | null } = {};
  child.once("error", () => (ended.code = null));
  child.once("exit", (code) => (ended.code = code));
  for (const end = Date.now() + limits.start * 1000; Date.now() < end && ended.code === undefined; await sleep(20)) {
    signal.throwIfAborted();
    const state = frontOf(inputs);
    if (state !== null) return state;
  }
  const said = lastLines(log, 5);
  if (said.includes("EADDRINUSE")) {
    throw new UnderlayError(
      "port-taken",
      `Port ${String(port)} of this machine is taken.`,
      "Choose another, or 0 for any that is free.",
    );
  }
  throw new UnderlayError("front-failed", "The service's front did not start.", said === "" ? null : said);
}

/** Tells a front which container answers from now on; waits until the one before has nothing under way. */
function switchFront(inputs: ServiceContainerInputs, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ socket, version: inputs.service.version, drainSec: limits.drain });
    request({ socketPath: controlSocket(inputs), method: "POST", path: "/switch" }, (response) => {
      response.resume().once("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new UnderlayError("switch-failed", `The front answered ${String(response.statusCode)}.`));
      });
    })
      .once("error", reject)
      .end(body);
  });
}

/** Starts a container, sees that it predicts, and lets the front send requests to it. */
async function serve(inputs: ServiceContainerInputs, { signal, progress }: Operation) {
  const machine = readMachine();
  const mark = `s${randomBytes(3).toString("hex")}`;
  progress.status(`starting ${inputs.service.reference}`);
  const standing = await startService(inputs, mark, inputs.service, inputs, { machine, signal });
  try {
    const tested = await smokeTest(standing, inputs.service);
    if (!tested) progress.warn("Nothing says what the model takes: only its readiness was tested, no prediction.");
    await switchFront(inputs, standing.socket);
  } catch (thrown) {
    await stopService(inputs, mark, machine);
    throw thrown;
  }
  progress.info(`${inputs.service.name} ${inputs.service.version} was ready in ${standing.coldStartSec.toFixed(1)} s`);
  return { mark, coldStartSec: standing.coldStartSec };
}

function factsOf({ service, memoryMiB, cpus, workers }: ServiceContainerInputs): EndpointFacts {
  return {
    ...{ target: "local", memoryMiB, cpus, timeoutSec: 30, ephemeralStorageMiB: 512, maximumInstances: workers },
    architecture: process.arch === "arm64" ? "arm64" : "x86_64",
    runtime: `python${service.python}`,
    packageSha256: service.digest.slice("sha256:".length),
    model: {
      name: service.name,
      sha256: service.modelSha256,
      bytes: Math.max(1, service.modelBytes),
      weights: "trained",
    },
  };
}

async function remove(inputs: ServiceContainerInputs, mark: unknown): Promise<void> {
  const front = frontOf(inputs);
  if (front !== null) await endProcesses([front], limits.end, "SIGTERM");
  const machine = readMachine();
  if (typeof mark === "string") await stopService(inputs, mark, machine);
  const stuck = await removeOwned(inputs, machine);
  rmSync(sandboxPath(inputs.runId, inputs.name), { recursive: true, force: true });
  removeSockets(inputs);
  mustBeGone(inputs.name, stuck);
}

/** The service as it is now: what runs and does not answer is busy, and stays. */
async function found(
  inputs: ServiceContainerInputs,
  state: State,
  { progress }: Pick<Operation, "progress">,
): Promise<State | null> {
  const { url, mark } = state;
  const seen = await lookAtFront(frontOf(inputs), url, "/readyz");
  if (seen === "gone" || !(await isRunning(containerName(inputs, String(mark)), readMachine()))) {
    progress.warn(
      `The service "${inputs.name}" is gone: its ${seen === "gone" ? "front" : "container"} no longer runs on this machine.`,
    );
    return null;
  }
  if (seen !== 200) {
    const how = seen === "silent" ? "does not answer" : `answers /readyz with ${String(seen)}`;
    progress.warn(`The service "${inputs.name}" runs, but ${how}: it counts as busy.`);
  }
  return state;
}

/** The resource `ServiceContainer`. */
export const serviceContainerHandler: ResourceHandler<ServiceContainerInputs> = {
  schema: serviceContainerInputsSchema,
  // Another image, or another size, takes the place of the one that serves, without a request that fails.
  updates: ["service", "cpus", "memoryMiB", "workers", "threads"],
  // Where an image's files lie, and how long it took to build, is nothing of the service.
  comparable: ({ service, ...rest }) => ({ ...rest, service: { digest: service.digest, sample: service.sample } }),
  create: async (inputs, operation) => {
    // What an `up` that was killed here, or a container that ended, left behind has the same identity: it makes room.
    await remove(inputs, null);
    try {
      const { url } = await startFront(inputs, operation.signal);
      const { mark, coldStartSec } = await serve(inputs, operation);
      return {
        id: sharedName(inputs.runId, inputs.name),
        outputs: { ...inputs, url, facts: factsOf(inputs), mark, coldStartSec },
      };
    } catch (thrown) {
      await remove(inputs, null);
      throw thrown;
    }
  },
  update: async (_id, inputs, state, operation) => {
    const { url } = await startFront(inputs, operation.signal);
    const served = await serve(inputs, operation);
    const before = state["mark"];
    if (typeof before === "string") await stopService(inputs, before, readMachine());
    return { ...state, ...inputs, url, facts: factsOf(inputs), ...served };
  },
  read: (_id, inputs, state, operation) => found(inputs, state, operation),
  delete: (_id, inputs, state) => remove(inputs, state["mark"]),
};
