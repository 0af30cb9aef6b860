import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnvironmentName, HostFacts } from "../measure/facts.ts";
import type { Connection } from "../provider/connection.ts";
import { hostFactsSchema } from "../measure/facts.ts";
import { connectionSchema } from "../provider/connection.ts";
import { type SandboxInputs, sandboxInputsSchema } from "../provider/inputs.ts";
import type { Operation } from "../provider/resource-handler.ts";
import { clearRun } from "../provider/run.ts";
import { makeRunId } from "../provider/run.ts";
import { sandboxHandler } from "../provider/sandbox.ts";
import type { Progress } from "./bench.ts";

/** A host that a bench works on. */
export interface BenchHost {
  readonly environment: EnvironmentName;
  readonly connection: Connection;
  readonly facts: HostFacts;
}

/** What a bench is lent. */
export interface BenchPlace {
  readonly runId: string;
  readonly operation: Operation;
  /** Folder for records, removed at the end. */
  readonly directory: string;
  /** Lends a host; folders of this machine are mounted at paths such as `/data/imagenet`. */
  host(kind: "process" | "vm", volumes?: SandboxInputs["volumes"]): Promise<BenchHost>;
}

/** Memory of a bench's hosts, in MiB. */
const memoryMiB = 3072;

/** The provider's operations, told to a bench's progress instead of an engine. */
function operation(progress: Progress): Operation {
  return {
    urn: "",
    signal: new AbortController().signal,
    progress: { status: progress, info: progress, warn: progress, delivered: () => Promise.resolve() },
  };
}

/** Lends hosts that stand without an engine, and removes all that carries their run id at the end. */
export async function withHosts<T>(progress: Progress, work: (place: BenchPlace) => Promise<T>): Promise<T> {
  const runId = makeRunId();
  const directory = mkdtempSync(join(tmpdir(), "underlay-bench-"));
  const own = operation(progress);
  const host: BenchPlace["host"] = async (kind, volumes = []) => {
    const environment = kind === "vm" ? "vm" : "bare-metal";
    const given = { name: environment, runId, kind, environment, cpus: 1, memoryMiB, volumes };
    const inputs = sandboxInputsSchema.parse(given);
    const { outputs } = await sandboxHandler.create(inputs, own);
    const connection = connectionSchema.parse(outputs["connection"]);
    return { environment, connection, facts: hostFactsSchema.parse(outputs["facts"]) };
  };
  try {
    return await work({ runId, operation: own, directory, host });
  } finally {
    await clearRun(runId);
    rmSync(directory, { recursive: true, force: true });
  }
}
