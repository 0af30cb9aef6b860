import type { Machine } from "../machine.ts";

/** Longest time for a step of a build, in seconds: a framework from source takes hours. */
export const stepTimeoutSec = 86_400;

/** What a build is done with. */
export interface Means {
  readonly machine: Machine;
  /** An empty folder to build in. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Told of each step. */
  readonly status: (line: string) => void;
}
