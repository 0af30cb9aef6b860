import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnvironmentName, HostFacts } from "../measure/facts.ts";
import type { Connection } from "../provider/connection.ts";
import { hostFactsSchema } from "../measure/facts.ts";
import { type Attachment, attachmentSchema, type NetworkLink, networkLinkSchema } from "../measure/network.ts";
import { connectionSchema } from "../provider/connection.ts";
import { networkInputsSchema, type SandboxInputs, sandboxInputsSchema } from "../provider/inputs.ts";
import { networkHandler } from "../provider/network.ts";
import type { Operation } from "../provider/resource-handler.ts";
import { clearRun } from "../provider/run.ts";
import { makeRunId } from "../provider/run.ts";
import { sandboxHandler } from "../provider/sandbox.ts";
import type { Progress } from "./bench.ts";

/** A host that a bench works on, as a measurement takes it. */
export interface BenchHost {
  readonly environment: EnvironmentName;
  readonly connection: Connection;
  readonly facts: HostFacts;
  /** How it takes part in its network; left out where it has none. */
  readonly attachment?: Attachment;
}

/** What a bench is lent. */
export interface BenchPlace {
  readonly runId: string;
  readonly operation: Operation;
  /** Folder for records, removed at the end. */
  readonly directory: string;
  /**
   * Lends a host.
   *
   * @param kind what isolates
   * @param more its name (by default, that of its environment), its first CPU (0 by default), the network that it joins
   *   (none by default), and folders of this machine, mounted at paths such as `/data/imagenet`
   */
  host(
    kind: "process" | "vm",
    more?: Partial<Pick<SandboxInputs, "name" | "firstCpu" | "network" | "volumes">>,
  ): Promise<BenchHost>;
  /** Makes a network at its default of 1 Gbit/s. */
  network(): Promise<NetworkLink>;
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
  const told = operation(progress);
  const host: BenchPlace["host"] = async (kind, more = {}) => {
    const environment = kind === "vm" ? "vm" : "bare-metal";
    const own = { name: environment, runId, kind, environment, cpus: 1, memoryMiB, ...more };
    const { outputs } = await sandboxHandler.create(sandboxInputsSchema.parse(own), told);
    const connection = connectionSchema.parse(outputs["connection"]);
    const attachment = attachmentSchema.optional().parse(outputs["attachment"]);
    const facts = hostFactsSchema.parse(outputs["facts"]);
    return { environment, connection, facts, ...(attachment === undefined ? {} : { attachment }) };
  };
  const network: BenchPlace["network"] = async () => {
    const { outputs } = await networkHandler.create(networkInputsSchema.parse({ name: "lan", runId }), told);
    return networkLinkSchema.parse(outputs["link"]);
  };
  try {
    return await work({ runId, operation: told, directory, host, network });
  } finally {
    await clearRun(runId);
    rmSync(directory, { recursive: true, force: true });
  }
}
