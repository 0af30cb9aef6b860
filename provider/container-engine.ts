import { z } from "zod";
import { execute } from "./execute.ts";
import type { Machine } from "./machine.ts";

/** The engine that set-up found to really start containers. */
export type ContainerEngine = NonNullable<Machine["containerEngine"]>;

/** A container of a run. */
export interface RunContainer {
  readonly name: string;
  readonly runId: string;
  readonly owner: string;
  readonly status: string;
}

/** Label that carries the id of the run. */
export const runLabel = "underlay.run";
/** Label that carries the name of the sandbox. */
export const ownerLabel = "underlay.owner";

/** The argument vector of an engine command. */
export function engineCommand(engine: ContainerEngine, argv: readonly string[]): string[] {
  return [engine.command, ...engine.globalArguments, ...argv];
}

/** Which limits an engine really holds: a rootless one has only the control groups that its user was given. */
export interface EngineLimits {
  readonly cpus: boolean;
  readonly memory: boolean;
}

/** Asks an engine which limits it holds; one that cannot hold a limit may take it and do nothing. */
export async function limitsOf(engine: ContainerEngine): Promise<EngineLimits> {
  if (!engine.rootless) {
    return { cpus: true, memory: true };
  }
  const format = engine.name === "docker" ? "[{{.CPUSet}},{{.MemoryLimit}}]" : "{{json .Host.CgroupControllers}}";
  const printed: unknown = JSON.parse(
    await execute(engineCommand(engine, ["info", "--format", format]), { timeoutSec: 60 }),
  );
  if (engine.name === "docker") {
    const [cpus, memory] = z.tuple([z.boolean(), z.boolean()]).parse(printed);
    return { cpus, memory };
  }
  const controllers = z.array(z.string()).nullable().parse(printed) ?? [];
  return { cpus: controllers.includes("cpuset"), memory: controllers.includes("memory") };
}

const lineSchema = z.tuple([z.string(), z.string(), z.string(), z.string()]);

/** All containers on this machine that carry the identity of a run, running or not. */
export async function listContainers(engine: ContainerEngine): Promise<RunContainer[]> {
  const label = (name: string): string =>
    engine.name === "docker" ? `{{.Label "${name}"}}` : `{{index .Labels "${name}"}}`;
  const format = ["{{.Names}}", label(runLabel), label(ownerLabel), "{{.State}}"].join("\t");
  const command = engineCommand(engine, ["ps", "--all", "--filter", `label=${runLabel}`, "--format", format]);
  const output = await execute(command, { timeoutSec: 60 });
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name, runId, owner, status] = lineSchema.parse(line.split("\t"));
      return { name, runId, owner, status };
    });
}
