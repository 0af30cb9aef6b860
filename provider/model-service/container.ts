import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UnderlayError } from "../../measure/error.ts";
import type { ServiceImageFacts } from "../../measure/model-service.ts";
import {
  type ContainerEngine,
  engineCommand,
  type EngineLimits,
  limitsOf,
  listContainers,
  ownerLabel,
  runLabel,
} from "../container-engine.ts";
import { execute, identityVariables } from "../execute.ts";
import { type Owner, sharedName } from "../leftovers.ts";
import type { Machine } from "../machine.ts";
import { sandboxDirectory } from "../run-directory.ts";
import { makeSocketFolder, removeSockets } from "../sockets.ts";
import { engineOf } from "./engine-build.ts";
import { ask } from "./request.ts";

/** What a container of a service may use. */
export interface ServiceShape {
  /** CPUs, as a share of time. */
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Processes, each with the model of its own. */
  readonly workers: number;
  /** Requests that each works at. */
  readonly threads: number;
}

/** A container that serves. */
export interface StandingService {
  /** Its name in the engine. */
  readonly container: string;
  /** Unix socket of its server. */
  readonly socket: string;
  /** From its start to the first time that it was ready, in seconds. */
  readonly coldStartSec: number;
}

/** Longest time for a model to load, and for a container to end by itself, in seconds. */
const limits = { ready: 300, stop: 10 };
/** Time between two looks whether a container that starts still runs, in ms: the engine takes CPU time for each. */
const lookMs = 1000;
/** Where the server of a container has its socket. */
const placeInside = "/run/service";

/** Name of a container: what follows the dot tells those of one service apart. */
export function containerName(owner: Owner, mark: string): string {
  return `${sharedName(owner.runId, owner.name)}.${mark}`;
}

/** Words by which an engine hands over NVIDIA accelerators; none where the machine has none: the processor computes. */
function acceleratorWords(engine: ContainerEngine): string[] {
  if (!existsSync("/dev/nvidiactl")) return [];
  return engine.name === "docker" ? ["--gpus", "all"] : ["--device", "nvidia.com/gpu=all"];
}

function runArguments(
  engine: ContainerEngine,
  { runId, name }: Owner,
  mark: string,
  image: ServiceImageFacts,
  shape: ServiceShape,
  held: EngineLimits,
): string[] {
  const variables = {
    ...identityVariables(runId, name),
    UNDERLAY_SOCKET: `${placeInside}/http`,
    UNDERLAY_WORKERS: String(shape.workers),
    UNDERLAY_THREADS: String(shape.threads),
  };
  return [
    ...["run", "--detach", "--name", containerName({ runId, name }, mark)],
    ...["--label", `${runLabel}=${runId}`, "--label", `${ownerLabel}=${name}`],
    ...Object.entries(variables).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    // There is no network in it: it is reached by its socket.
    ...["--network", "none", "--read-only", "--tmpfs", "/tmp:rw,mode=1777", "--cap-drop", "all"],
    ...["--security-opt", "no-new-privileges", "--stop-timeout", String(limits.stop), "--no-healthcheck"],
    ...["--volume", `${makeSocketFolder({ runId, name }, mark)}:${placeInside}:rw`],
    ...(image.cuda ? acceleratorWords(engine) : []),
    ...(held.cpus ? ["--cpus", String(shape.cpus)] : []),
    ...(held.memory ? ["--memory", `${String(shape.memoryMiB)}m`] : []),
  ];
}

async function lastWords(container: string, machine: Machine): Promise<string> {
  const argv = engineCommand(engineOf(machine), ["logs", "--tail", "8", container]);
  return execute(["sh", "-c", 'exec "$@" 2>&1', "sh", ...argv], { timeoutSec: 30 }).catch(() => "");
}

/**
 * Whether a service's container runs.
 *
 * @throws UnderlayError `command-failed` when the engine does not say
 */
export async function isRunning(container: string, machine: Machine): Promise<boolean> {
  const containers = await listContainers(engineOf(machine));
  // Docker says `running`, and older releases of podman `Up 3 seconds`.
  return containers.some(({ name, status }) => name === container && /^(?:running|up)\b/i.test(status));
}

async function waitUntilReady(container: string, socket: string, machine: Machine, signal: AbortSignal): Promise<void> {
  let lookAgain = Date.now() + lookMs;
  for (const end = Date.now() + limits.ready * 1000; Date.now() < end; await sleep(20)) {
    signal.throwIfAborted();
    if (existsSync(socket)) {
      const answer = await ask({ socket, method: "GET", path: "/readyz", timeoutSec: 10 }).catch(() => null);
      if (answer?.status === 200) return;
    }
    if (Date.now() < lookAgain) continue;
    lookAgain = Date.now() + lookMs;
    if (!(await isRunning(container, machine))) {
      throw new UnderlayError(
        "service-ended",
        "The service ended before it was ready.",
        await lastWords(container, machine),
      );
    }
  }
  throw new UnderlayError(
    "service-not-ready",
    `The service was not ready within ${String(limits.ready)} s.`,
    await lastWords(container, machine),
  );
}

/**
 * Starts a container of a service, and waits until its model is loaded. One that does not come is removed.
 *
 * @param owner whose it is
 * @param mark tells the containers of one service apart: letters and digits
 * @throws UnderlayError `service-ended`, `service-not-ready` with its last lines
 */
export async function startService(
  owner: Owner,
  mark: string,
  image: ServiceImageFacts,
  shape: ServiceShape,
  { machine, signal }: { readonly machine: Machine; readonly signal: AbortSignal },
): Promise<StandingService> {
  const engine = engineOf(machine);
  const container = containerName(owner, mark);
  const argv = runArguments(engine, owner, mark, image, shape, await limitsOf(engine));
  const started = performance.now();
  try {
    await execute(engineCommand(engine, [...argv, ...engine.runArguments, image.reference]), {
      timeoutSec: 120,
      signal,
      cwd: sandboxDirectory(owner.runId, owner.name),
    });
    const socket = join(makeSocketFolder(owner, mark), "http");
    await waitUntilReady(container, socket, machine, signal);
    return { container, socket, coldStartSec: (performance.now() - started) / 1000 };
  } catch (thrown) {
    await stopService(owner, mark, machine);
    throw thrown;
  }
}

/** Ends a container: it is told to, requests under way are answered, and it is removed. */
export async function stopService(owner: Owner, mark: string, machine: Machine): Promise<void> {
  const engine = engineOf(machine);
  const container = containerName(owner, mark);
  await execute(engineCommand(engine, ["stop", "--ignore", container]), { timeoutSec: 60 }).catch(() => undefined);
  await execute(engineCommand(engine, ["rm", "--force", "--ignore", container]), { timeoutSec: 60 });
  removeSockets(owner, mark);
}

/**
 * The first prediction of a service.
 *
 * @returns false when nothing says what the model takes: then only its readiness is known
 * @throws UnderlayError `smoke-test-failed` with what it answered
 */
export async function smokeTest(
  { socket }: StandingService,
  { sample, name, version }: ServiceImageFacts,
): Promise<boolean> {
  if (sample === null) return false;
  const { status, body } = await ask({ socket, method: "POST", path: "/predict", body: sample, timeoutSec: 120 });
  if (status !== 200) {
    throw new UnderlayError(
      "smoke-test-failed",
      `${name} ${version} answered a first request with ${String(status)}: ${body.slice(0, 400)}`,
      "Give a request that it takes: --sample FILE, or `sample` in [tool.underlay] of pyproject.toml.",
    );
  }
  return true;
}
