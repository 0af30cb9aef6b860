import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type TunedSettings, type TunerEnd, tunerEventSchema, type TunerSession } from "../measure/autotuning.ts";
import { UnderlayError } from "../measure/error.ts";
import { minimalEnvironment } from "../provider/execute.ts";

/** What the tuner is asked for; its program reads this as JSON. */
export interface TunerRequest {
  readonly framework: "tensorflow" | "pytorch";
  readonly model: "mnist-cnn" | "resnet-50";
  /** CPUs that a training may use. */
  readonly cpus: number;
  /** Libraries of allocators, by name. */
  readonly mallocs: Readonly<Record<string, string>>;
  /** Settings that are not searched. */
  readonly fixed: TunedSettings;
  /** Timed steps of a session, by rung, the fewest first. */
  readonly rungs: readonly number[];
  /** For search and proof. */
  readonly minutes: number;
  /** Rounds of the proof, whatever time is left. @default at least 3, and as many as there is time for */
  readonly rounds?: number;
  /** Plays all settings there are for the most steps instead of searching, whatever time that takes. @default false */
  readonly exhaustive?: boolean;
  /** Plays nothing but the proof, of these two. @default the best that was found, and the defaults */
  readonly rivals?: { readonly best: TunedSettings; readonly defaults: TunedSettings };
  /** Longest time of one session. */
  readonly limitSec: number;
  readonly seed: number;
  /** Where the study, the sessions and their records are kept. */
  readonly folder: string;
  /** Words that start the training program. */
  readonly command: readonly string[];
  /** Variables that it is started with. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Told what goes on. */
export interface TunerListener {
  readonly space: (defaults: TunedSettings, size: number) => void;
  readonly session: (session: TunerSession) => void;
}

/** A Python and what it searches with. */
export interface TunerMeans {
  readonly python: string;
  /** Folder of Optuna's packages. */
  readonly packages: string;
}

const program = fileURLToPath(new URL("../workloads/optimised-training/tuner/tune.py", import.meta.url));
/** How the program ends when it was interrupted. */
const interruptedCode = 130;

/**
 * Runs a search. Ctrl-C ends the session under way, then the search; what was played is kept.
 *
 * @returns How it ended; null when it was interrupted.
 * @throws UnderlayError `tuning-failed` when nothing can be tuned, with the program's reason.
 */
export async function runTuner(
  request: TunerRequest,
  { python, packages }: TunerMeans,
  listener: TunerListener,
): Promise<TunerEnd | null> {
  const file = join(request.folder, "request.json");
  writeFileSync(file, `${JSON.stringify(request, null, 2)}\n`);
  const child = spawn(python, ["-B", program, file], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...minimalEnvironment(), PYTHONPATH: packages },
  });
  const forward = (): void => void child.kill("SIGTERM");
  process.on("SIGINT", forward).on("SIGTERM", forward);
  try {
    const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
    let end: TunerEnd | null = null;
    let failure: string | null = null;
    for await (const line of createInterface({ input: child.stdout })) {
      const event = tunerEventSchema.parse(JSON.parse(line));
      if (event.event === "space") listener.space(event.defaults, event.size);
      else if (event.event === "session") listener.session(event);
      else if (event.event === "end") end = event;
      else failure = event.message;
    }
    const [code, signal] = await closed;
    if (code === interruptedCode) return null;
    if (failure !== null) {
      throw new UnderlayError("tuning-failed", `Nothing was tuned: ${failure}.`, `Logs: ${request.folder}`);
    }
    if (end !== null && code === 0) return end;
    throw new UnderlayError("tuning-failed", `The tuner ended with ${String(code ?? signal)}; what it said is above.`);
  } finally {
    process.off("SIGINT", forward).off("SIGTERM", forward);
    child.kill("SIGTERM");
  }
}
