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
import type { SandboxContext, SandboxKind } from "./kind.ts";

function runArguments(
  { inputs, cpuSet, env }: SandboxContext,
  engine: ContainerEngine,
  limits: EngineLimits,
): string[] {
  return [
    ...["run", "--detach", "--name", sharedName(inputs.runId, inputs.name)],
    ...["--label", `${runLabel}=${inputs.runId}`, "--label", `${ownerLabel}=${inputs.name}`],
    ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...["--env", "HOME=/tmp", "--network", inputs.network, "--read-only", "--tmpfs", "/tmp:rw,exec", "--tmpfs", "/run"],
    ...["--cap-drop", "all", "--security-opt", "no-new-privileges"],
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
    const limits = await limitsOf(engine);
    await execute(engineCommand(engine, runArguments(context, engine, limits)), {
      timeoutSec: 120,
      signal: context.signal,
      env: context.env,
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
