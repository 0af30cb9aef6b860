import type { Attachment } from "../../measure/network.ts";
import type { Connection } from "../connection.ts";
import type { SandboxInputs } from "../inputs.ts";
import type { Machine } from "../machine.ts";

/** What every kind of sandbox is made from. */
export interface SandboxContext {
  readonly inputs: SandboxInputs;
  readonly machine: Machine;
  /** Folder that the sandbox keeps on disk. */
  readonly directory: string;
  /** CPUs of the machine that it is pinned to. */
  readonly cpuSet: readonly number[];
  /** Variables that carry the run's identity. */
  readonly env: Readonly<Record<string, string>>;
  /** How it is to take part in its network; null when it has none. */
  readonly attachment: Attachment | null;
  readonly signal: AbortSignal;
}

/** What a kind of sandbox knows of itself once it stands. */
export interface StandingSandbox {
  readonly connection: Connection;
  readonly virtualisation: string;
  readonly containerRuntime: string | null;
  readonly imageDigest: string | null;
  readonly cpuMechanism: string;
  readonly memoryMechanism: string;
}

/** One way to isolate. */
export interface SandboxKind {
  /** Makes the sandbox. What it made when it throws is removed by {@link SandboxKind.remove}. */
  create(context: SandboxContext): Promise<StandingSandbox>;
  /** Whether the sandbox still stands. */
  stands(context: SandboxContext, connection: Connection): Promise<boolean>;
  /** Removes what a scan for the run's identity would not find on this machine. */
  remove(context: SandboxContext): Promise<void>;
}
