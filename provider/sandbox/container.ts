import { UnderlayError } from "../../measure/error.ts";
import {
  type ContainerEngine,
  engineCommand,
  type EngineLimits,
  limitsOf,
  ownerLabel,
  runLabel,
} from "../container-engine.ts";
import { execute } from "../execute.ts";
import { sharedName } from "../leftovers.ts";
import { required } from "../machine.ts";
import { containerOverlayCommands } from "../network/attach.ts";
import { hostsFile } from "../network/members.ts";
import { namespacePath, runAll, runnerHere } from "../network/namespace.ts";
import { sandboxDirectory } from "../run-directory.ts";
import type { SandboxContext, SandboxKind } from "./kind.ts";

/** Words that give a container its network. */
function networkArguments({ inputs, attachment }: SandboxContext): string[] {
  if (attachment === null) {
    return ["--network", "none"];
  }
  const names = `${hostsFile(inputs.runId, attachment.network)}:/etc/hosts:ro`;
  return ["--network", `ns:${namespacePath(attachment.namespace ?? "")}`, "--no-hosts", "--volume", names];
}

/** Makes the container's network namespace, where it has one of its own. */
async function joinOverlay(
  { inputs, attachment, env, signal }: SandboxContext,
  engine: ContainerEngine,
): Promise<void> {
  if (attachment !== null && engine.name !== "podman") {
    throw new UnderlayError(
      "network-unavailable",
      `A container of ${engine.name} cannot join a network: it takes no network namespace that is there already.`,
      "Install podman, or leave out `network`.",
    );
  }
  if (attachment?.overlay === "vxlan") {
    await runAll(containerOverlayCommands(inputs, attachment), runnerHere(env, signal));
  }
}

/** Words that start a container, with the limits that the engine holds. */
export function runArguments(context: SandboxContext, engine: ContainerEngine, limits: EngineLimits): string[] {
  const { inputs, cpuSet, env } = context;
  return [
    ...["run", "--detach", "--name", sharedName(inputs.runId, inputs.name)],
    ...["--label", `${runLabel}=${inputs.runId}`, "--label", `${ownerLabel}=${inputs.name}`],
    ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...["--env", "HOME=/tmp", ...networkArguments(context)],
    ...["--read-only", "--tmpfs", "/tmp:rw,exec", "--tmpfs", "/run"],
    ...["--cap-drop", "all", "--security-opt", "no-new-privileges", "--stop-timeout", "0"],
    ...(limits.cpus ? ["--cpuset-cpus", cpuSet.join(",")] : []),
    ...(limits.memory ? ["--memory", `${String(inputs.memoryMiB)}m`] : []),
    ...inputs.volumes.flatMap(({ source, target }) => ["--volume", `${source}:${target}:ro`]),
    ...engine.runArguments,
    engine.image.reference,
    ...["sleep", "infinity"],
  ];
}

/** A container of the machine's own engine, from the image of the shared root. */
export const containerSandbox: SandboxKind = {
  create: async (context) => {
    const engine = required(context.machine, "container-engine", context.machine.containerEngine);
    await joinOverlay(context, engine);
    const limits = await limitsOf(engine);
    await execute(engineCommand(engine, runArguments(context, engine, limits)), {
      timeoutSec: 120,
      signal: context.signal,
      env: context.env,
      // Podman's monitor of the container writes there that it had too little memory.
      cwd: sandboxDirectory(context.inputs.runId, context.inputs.name),
    });
    const runtime = engine.globalArguments[engine.globalArguments.indexOf("--runtime") + 1];
    const name = sharedName(context.inputs.runId, context.inputs.name);
    const pin = ["taskset", "--cpu-list", context.cpuSet.join(",")];
    return {
      connection: {
        hops: [
          {
            shell: false,
            argv: [...engineCommand(engine, ["exec", "--interactive", name]), ...(limits.cpus ? [] : pin)],
          },
        ],
      },
      virtualisation: "none",
      containerRuntime: `${engine.name} ${engine.version}${runtime === undefined ? "" : ` with ${runtime}`}`,
      imageDigest: engine.image.digest,
      cpuMechanism: limits.cpus ? "cgroup cpuset" : "affinity",
      memoryMechanism: limits.memory ? "cgroup" : "none",
    };
  },
  stands: async ({ inputs, machine }) => {
    const engine = required(machine, "container-engine", machine.containerEngine);
    const name = sharedName(inputs.runId, inputs.name);
    const command = engineCommand(engine, ["ps", "--quiet", "--filter", `name=^${name}$`]);
    return (await execute(command, { timeoutSec: 60 })).trim() !== "";
  },
  remove: () => Promise.resolve(),
};
