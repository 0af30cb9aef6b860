import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { frameworkVariables } from "../cli/autotune.ts";
import type { TunerRequest } from "../cli/tuner-process.ts";
import { UnderlayError } from "../measure/error.ts";
import { minimalEnvironment } from "../provider/execute.ts";
import { cacheDirectory, readMachine, required } from "../provider/machine.ts";

/** What trainings by epochs take, for as long as a bench lasts. */
export interface TrainingPlace {
  readonly python: string;
  /** Folder of Optuna's packages. */
  readonly packages: string;
  /** A training set in the format of MNIST. */
  readonly data: string;
  /** A folder of this bench alone. */
  readonly folder: string;
}

/** One training, as its program takes it. */
export interface TrainingOptions {
  readonly model: "mnist-cnn" | "resnet-50";
  readonly framework: "tensorflow" | "pytorch";
  readonly compiler: string;
  readonly onednn: string;
  readonly batch: number;
  readonly steps: number;
  readonly threads: number;
  /** CPUs that it may use, as taskset takes them. */
  readonly cpus: string;
  readonly data: string;
  readonly record: string;
}

const program = fileURLToPath(new URL("../workloads/optimised-training/run/train.py", import.meta.url));
const limitSec = 300;

/** File beside a record with the seconds from the start of its training to its end. */
const wallOf = (record: string): string => `${record}.seconds`;

/**
 * Plays one training, unless a bench that was killed played it before.
 *
 * @returns seconds from start to end; null where it failed, which is told
 */
export async function trainOnce(
  { python, folder }: TrainingPlace,
  options: TrainingOptions,
  progress: (line: string) => void,
): Promise<number | null> {
  const { cpus, threads, framework, ...given } = options;
  const wall = wallOf(options.record);
  if (existsSync(wall)) return Number(readFileSync(wall, "utf8"));
  const words = Object.entries({ framework, ...given, "intra-threads": threads, "inter-threads": 1 });
  const start = performance.now();
  const { exitCode, stderr } = await execa(
    "taskset",
    ["-c", cpus, python, "-B", program, ...words.flatMap(([name, value]) => [`--${name}`, String(value)])],
    {
      reject: false,
      timeout: limitSec * 1000,
      extendEnv: false,
      env: {
        ...minimalEnvironment(),
        ...frameworkVariables(readMachine(), framework, folder),
        OMP_NUM_THREADS: String(threads),
      },
    },
  );
  const seconds = (performance.now() - start) / 1000;
  if (exitCode === 0) {
    writeFileSync(wall, String(seconds));
    return seconds;
  }
  progress(`${framework}, ${options.compiler}: failed: ${stderr.trim().split("\n").at(-1) ?? ""}`);
  return null;
}

/** A request to the tuner for the small network on this machine; `change` decides the rest, `name` is its folder's. */
export function tunerRequest(
  { python, data, folder }: TrainingPlace,
  change: Partial<TunerRequest> & Pick<TunerRequest, "minutes">,
  name = "tuner",
): TunerRequest {
  const framework = change.framework ?? "tensorflow";
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  return {
    // A search of a bench that was killed goes on: its sessions are in the folder.
    ...{ framework, model: "mnist-cnn", cpus: availableParallelism(), mallocs: {}, fixed: {} },
    ...{ rungs: [20, 60, 180], limitSec, seed: 1, folder: own },
    command: [python, "-B", program, "--model", "mnist-cnn", "--framework", framework, "--data", data],
    variables: frameworkVariables(readMachine(), framework, folder),
    ...change,
  };
}

/**
 * Gives a bench a Python, the tuner and a training set. Its folder stays where it is killed or fails, so that what was
 * played then is not played again.
 *
 * @throws UnderlayError when set-up did not get them.
 */
export async function withTraining<T>(name: string, work: (place: TrainingPlace) => Promise<T>): Promise<T> {
  const machine = readMachine();
  const python = required(machine, "python", machine.python).command;
  const packages = required(machine, "tuner", machine.tuner).directory;
  if (!existsSync(program)) throw new UnderlayError("training-missing", `There is no ${program}.`);
  const folder = join(cacheDirectory(), "benches", name);
  const data = join(folder, "mnist");
  mkdirSync(data, { recursive: true });
  await execa(python, [fileURLToPath(new URL("mnist-data.py", import.meta.url)), data]);
  const done = await work({ python, packages, data, folder });
  rmSync(folder, { recursive: true, force: true });
  return done;
}

/** What the probe measures on some CPUs, as it prints it. */
export async function probe({ python, folder }: TrainingPlace, cpus: string): Promise<string> {
  const file = fileURLToPath(new URL("../workloads/optimised-training/run/probe.py", import.meta.url));
  const { stdout } = await execa("taskset", ["-c", cpus, python, "-B", file]);
  const path = join(folder, `probe-${cpus}.json`);
  writeFileSync(path, stdout);
  return path;
}
