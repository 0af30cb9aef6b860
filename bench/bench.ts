import type { Interval } from "../measure/results.ts";

/** What a bench measured. */
export interface Measured {
  /** In the bench's unit. */
  readonly value: number;
  /** How many units of observation `value` stands on. */
  readonly n: number;
  /** 95 % interval of `value`; null where the bench has none. */
  readonly interval: Interval | null;
  /** Whether the goal was met. */
  readonly pass: boolean;
  /** Further numbers and names worth keeping, by name. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Takes a line of progress, without a line feed. */
export type Progress = (line: string) => void;

/** A figure that the project has to reach, and the way it is measured. */
export interface Bench {
  /** In kebab-case; what `npm run bench -- NAME` is given. */
  readonly name: string;
  /** What the figure is, in a line. */
  readonly title: string;
  /** What it has to reach, for people, such as `≤ 5 %`; `run` decides. */
  readonly goal: string;
  /** Unit of the value, such as `s`, `ratio`, `%`. */
  readonly unit: string;
  /**
   * Measures the figure on this machine.
   *
   * @param progress Told what goes on.
   * @throws UnderlayError when this machine cannot measure it, saying what it lacks.
   */
  run(progress: Progress): Promise<Measured>;
}

/** The machine that a bench ran on. */
export interface BenchMachine {
  readonly cpuModel: string;
  /** Logical CPUs that this process may use. */
  readonly cpus: number;
  readonly memoryMiB: number;
  /** As `uname -r` prints it. */
  readonly kernelRelease: string;
  /** Version of Node. */
  readonly node: string;
}

/** What `npm run bench -- NAME --json` prints. */
export interface BenchResult extends Measured {
  readonly name: string;
  readonly unit: string;
  readonly goal: string;
  /** Start, as ISO 8601 in UTC. */
  readonly at: string;
  /** Duration of the bench. */
  readonly seconds: number;
  readonly machine: BenchMachine;
}
