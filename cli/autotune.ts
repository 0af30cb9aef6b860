import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { liveImage } from "../catalogue/images/index.ts";
import { addMeasurements, measuredFile } from "../catalogue/images/measured.ts";
import type { GraphCompiler, ImageMeasurement, RunSettings } from "../catalogue/images/schema.ts";
import {
  autotuningVersion,
  logSpeedups,
  proofOf,
  type RoundTimes,
  type TunedSettings,
  type TunerEnd,
  type TunerSession,
} from "../measure/autotuning.ts";
import { UnderlayError } from "../measure/error.ts";
import { type Bounded, boundedRatio, meanInterval, pairedRatio } from "../measure/interval.ts";
import { mean } from "../measure/statistics.ts";
import { type Machine, readMachine, required, stateDirectory } from "../provider/machine.ts";
import { autotuningText, sessionLine } from "../report/autotuning.ts";
import { isFile, isShardSet } from "../stacks/config-values.ts";
import { isNumber, numberOf, wholeOf } from "./options.ts";
import { runTuner, type TunerRequest } from "./tuner-process.ts";

/** Options of `underlay autotune`, as they were typed. */
export interface AutotuneOptions {
  readonly model: "mnist-cnn" | "resnet-50";
  readonly framework: "tensorflow" | "pytorch";
  readonly data: string;
  readonly minutes: string;
  readonly steps?: string;
  readonly limit?: string;
  readonly fix: readonly string[];
  readonly seed: string;
  readonly target: string;
  readonly resume?: boolean;
  readonly out: string;
  readonly json?: boolean;
}

const trainingProgram = fileURLToPath(new URL("../workloads/optimised-training/run/train.py", import.meta.url));

/** Timed steps by rung: a step of ResNet-50 takes some hundred times as long. */
const rungs = { "mnist-cnn": [20, 60, 180], "resnet-50": [1, 3, 9] } as const;
/** Workloads as measurements of images name them. */
const workloads = { "mnist-cnn": "mnist-cnn", "resnet-50": "resnet50-imagenet" } as const;
/** Allocators by the names of their libraries. */
const allocators = { tcmalloc: /^libtcmalloc(?:_minimal)?\.so\.\d+$/, jemalloc: /^libjemalloc\.so\.\d+$/ } as const;

/**
 * The allocators in folders of libraries, by name.
 *
 * @param folders Where they are looked for; the first that has one wins.
 */
export function mallocsIn(folders: readonly string[]): Record<string, string> {
  const found = Object.entries(allocators).flatMap(([name, pattern]) => {
    const files = folders
      .filter(existsSync)
      .flatMap((folder) => readdirSync(folder).map((file) => [folder, file] as const));
    const library = files.find(([, file]) => pattern.test(file));
    return library === undefined ? [] : [[name, join(...library)] as const];
  });
  return Object.fromEntries(found);
}

/** Where libraries lie below a folder, by Debian, Fedora and their like. */
function libraryFolders(root: string): string[] {
  const machine = { x64: "x86_64", arm64: "aarch64" }[process.arch as "x64" | "arm64"];
  return [`usr/lib/${machine}-linux-gnu`, "usr/lib64", "usr/local/lib"].map((folder) => join(root, folder));
}

/** The allocators that a machine has besides that of its C library, by name: its own, or those that set-up got. */
export function mallocsOf({ tuner }: Machine): Record<string, string> {
  return mallocsIn(["/", ...(tuner?.allocators == null ? [] : [tuner.allocators])].flatMap(libraryFolders));
}

/** Settings of `--fix NAME=VALUE`; what is written as a number is one. */
export function fixedSettings(words: readonly string[]): TunedSettings {
  return Object.fromEntries(
    words.map((word) => {
      const [name = "", value = "", ...more] = word.split("=");
      if (name !== "" && value !== "" && more.length === 0) return [name, isNumber(value) ? Number(value) : value];
      throw new UnderlayError(
        "option-invalid",
        `--fix is "${word}".`,
        "Write it as NAME=VALUE, such as --fix batch=128.",
      );
    }),
  );
}

/** Numbers of steps of `--steps`, each larger than the one before. */
export function rungsOf(text: string | undefined, model: AutotuneOptions["model"]): readonly number[] {
  if (text === undefined) return rungs[model];
  const steps = text.split(",").map((word) => (/^\d{1,6}$/.test(word) ? Number(word) : 0));
  const rising = steps.every((count, index) => count > (steps[index - 1] ?? 0));
  if (rising && steps.length <= 4) return steps;
  throw new UnderlayError(
    "option-invalid",
    `--steps is "${text}".`,
    "Give one to four rising numbers, such as 20,60,180.",
  );
}

function minutesOf(text: string): number {
  const minutes = numberOf("--minutes", text);
  if (minutes > 0) return minutes;
  throw new UnderlayError("option-invalid", `--minutes is "${text}".`, "Give a time above 0, such as 10.");
}

/** The parts of a request that must be the same for a search that goes on. */
function spaceOf({ cpus, mallocs, fixed }: TunerRequest): string {
  return JSON.stringify([cpus, Object.keys(mallocs), Object.entries(fixed).sort()]);
}

/** Makes the folder of a new search, or finds that of the one that goes on. */
function prepare(request: TunerRequest, resume: boolean): void {
  const file = join(request.folder, "request.json");
  if (!resume) {
    rmSync(request.folder, { recursive: true, force: true });
    mkdirSync(request.folder, { recursive: true });
    return;
  }
  if (!existsSync(file)) {
    throw new UnderlayError("tuning-not-found", `There is no search in ${request.folder}.`, "Leave --resume out.");
  }
  const before = JSON.parse(readFileSync(file, "utf8")) as TunerRequest;
  if (spaceOf(before) !== spaceOf(request)) {
    throw new UnderlayError(
      "tuning-differs",
      `The search in ${request.folder} was over other settings: other --fix, CPUs or allocators.`,
      "Give the same ones, or leave --resume out.",
    );
  }
}

/**
 * Variables that a training by a framework is started with on this machine: PyTorch is a folder of packages, and keeps what
 * inductor compiled for one session for the next.
 *
 * @param machine What set-up found.
 * @param framework Which one.
 * @param folder Where that is kept.
 */
export function frameworkVariables(
  machine: Machine,
  framework: "tensorflow" | "pytorch",
  folder: string,
): Record<string, string> {
  if (framework === "tensorflow") return { PYTHONPATH: "" };
  const { directory } = required(machine, "pytorch", machine.pytorch);
  return { PYTHONPATH: directory, TORCHINDUCTOR_CACHE_DIR: join(folder, "inductor") };
}

/** Files of MNIST that a training reads, plain or compressed by gzip. */
const idxFiles = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"] as const;

/** The folder of the images; a search that began without them would find out after it took the place of the one before. */
function dataOf({ data, model }: AutotuneOptions): string {
  const folder = resolve(data);
  const isMnist = idxFiles.every((name) => [name, `${name}.gz`].some((file) => isFile(join(folder, file))));
  if (model === "resnet-50" ? isShardSet(folder) : isMnist) return folder;
  const [what, command] =
    model === "resnet-50"
      ? ["shards such as train-00000-of-00008", "underlay data-set imagenet"]
      : [idxFiles.join(" and "), "underlay data-set mnist"];
  throw new UnderlayError(
    "option-invalid",
    `--data is ${folder}, which has no ${what}.`,
    `Give a folder that has them; \`${command}\` makes one.`,
  );
}

function requestOf(options: AutotuneOptions, machine: Machine, python: string): TunerRequest {
  const { model, framework } = options;
  const minutes = minutesOf(options.minutes);
  const folder = join(stateDirectory(), "tuner", `${model}-${framework}`);
  const common = ["--model", model, "--framework", framework, "--data", dataOf(options)];
  return {
    ...{ framework, model, minutes, cpus: availableParallelism(), mallocs: mallocsOf(machine) },
    fixed: fixedSettings(options.fix),
    rungs: rungsOf(options.steps, model),
    limitSec: options.limit === undefined ? Math.max(60, minutes * 15) : numberOf("--limit", options.limit),
    seed: wholeOf("--seed", options.seed, 0, 2 ** 31 - 1),
    folder,
    command: [python, "-B", trainingProgram, ...common],
    variables: frameworkVariables(machine, framework, folder),
  };
}

function compilersOf(settings: TunedSettings): GraphCompiler[] {
  const compiler = settings["compiler"] as GraphCompiler | "none";
  return [...(settings["onednn"] === "on" ? ["onednn" as const] : []), ...(compiler === "none" ? [] : [compiler])];
}

/** How a training is given settings of the proof; undefined for the defaults, whichever compilers are on. */
function givenSettings({ defaults, given }: TunerEnd, settings: TunedSettings): RunSettings | undefined {
  const changed = Object.keys(settings).filter((name) => settings[name] !== defaults[name]);
  if (changed.every((name) => name === "compiler" || name === "onednn")) return undefined;
  const batch = changed.includes("batch") ? ["--batch", String(settings["batch"])] : [];
  return { ...given, arguments: [...given.arguments, ...batch] };
}

/** What the proof played, each once: the best, the same with the compiler the other way, the defaults. */
function sidesOf({ best, compilerFlipped, defaults, rounds }: TunerEnd) {
  const sides = [
    { settings: best, times: rounds.map((round) => round.best) },
    { settings: compilerFlipped, times: rounds.map((round) => round.compilerFlipped) },
    { settings: defaults, times: rounds.map((round) => round.defaults) },
  ];
  const key = (settings: TunedSettings | null): string => JSON.stringify(Object.entries(settings ?? {}).sort());
  const once = sides.filter(
    ({ settings }, index) => sides.findIndex((side) => key(side.settings) === key(settings)) === index,
  );
  const plain = once.find(({ settings }) => key(settings) === key(defaults));
  return once.map((side) => ({
    ...side,
    speedup: side === plain ? undefined : speedupOver(plain?.times ?? [], side.times),
  }));
}

/** How many times as fast one side of the proof was as another, by the rounds that both played. */
function speedupOver(plain: RoundTimes, own: RoundTimes): Bounded | undefined {
  return boundedRatio(pairedRatio(logSpeedups(own, plain), "rounds"));
}

/**
 * Whether something was fixed that a plain image has otherwise: then no side of the proof is the plain image. Compilers are
 * told beside the settings.
 */
function fixedOtherwise({ defaults, standing }: TunerEnd): boolean {
  const names = Object.keys(standing).filter((name) => name !== "compiler" && name !== "onednn");
  return names.some((name) => defaults[name] !== standing[name]);
}

/**
 * What the proof measured, as measurements of images: the best settings with the graph compiler on and off, and the
 * defaults. None where something was fixed at another value than the framework's own.
 *
 * @param end how the search ended
 * @param options what was tuned, and on what
 * @param record SHA-256 of the sessions
 */
export function measurementsOf(
  end: TunerEnd,
  options: Pick<AutotuneOptions, "framework" | "model" | "target">,
  record: string,
): ImageMeasurement[] {
  const { framework, model, target } = options;
  const image = liveImage(framework, end.facts.version);
  if (image === undefined || fixedOtherwise(end)) return [];
  return sidesOf(end).flatMap(({ settings, times, speedup }) => {
    const epochs = times.flatMap((seconds) => (seconds === undefined ? [] : [seconds * end.facts.images]));
    const [value, interval] = [mean(epochs), meanInterval(epochs).value];
    if (settings === null || value === null || interval === null || interval.low <= 0) return [];
    const epochSec = { value, low: interval.low, high: interval.high };
    const at = new Date().toISOString().slice(0, 10);
    const given = givenSettings(end, settings);
    const what = { image: image.id, compilers: compilersOf(settings), workload: workloads[model], target };
    const tuned = given === undefined ? {} : { settings: given };
    return [{ ...what, ...tuned, epochSec, speedup, n: epochs.length, at, record, run: record }];
  });
}

/**
 * Those measurements that every later choice may rest on. A batch that was tuned changes what is learned, and an allocator of
 * this machine is in no image: who wants them names the file.
 */
export function forEveryChoice(measurements: readonly ImageMeasurement[]): ImageMeasurement[] {
  return measurements.filter(
    ({ settings }) =>
      settings?.arguments.includes("--batch") !== true && settings?.environment["LD_PRELOAD"] === undefined,
  );
}

/** Writes what was found, and gives the user's catalogue what later choices may rest on; returns lines that say so. */
function write(options: AutotuneOptions, request: TunerRequest, end: TunerEnd, sessions: readonly TunerSession[]) {
  const folder = resolve(options.out, "autotune", `${options.model}-${options.framework}`);
  mkdirSync(folder, { recursive: true });
  const journal = readFileSync(join(request.folder, "sessions.jsonl"));
  const text = `${[journal.toString("utf8").trimEnd(), ...sessions.filter(({ phase }) => phase === "proof").map((each) => JSON.stringify(each))].join("\n")}\n`;
  const record = join(folder, "sessions.jsonl");
  writeFileSync(record, text);
  const sha256 = createHash("sha256").update(text).digest("hex");
  const { event: _event, ...found } = end;
  const { model, framework, target } = options;
  const measurements = measurementsOf(end, options, sha256);
  const result = {
    ...{ schemaVersion: autotuningVersion, at: new Date().toISOString(), model, framework, target },
    ...{ ...found, proof: proofOf(end), sessions, measurements, record: { path: record, sha256 } },
  };
  const [file, list] = [join(folder, "tuning.json"), join(folder, "measurements.json")];
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(list, `${JSON.stringify({ schemaVersion: 1, measurements }, null, 2)}\n`);
  const catalogue = measuredFile(stateDirectory());
  const added = forEveryChoice(measurements);
  if (added.length > 0) addMeasurements(catalogue, added);
  const said = [
    `result: ${file}`,
    `measurements for \`underlay optimise\`: ${list}`,
    `catalogue: ${added.length} of ${measurements.length} added to ${catalogue}`,
  ];
  return { result, said };
}

/**
 * Searches the settings of a training and proves the best ones against the defaults.
 *
 * @returns 0; 130 after Ctrl-C, when `--resume` goes on
 */
export async function autotune(options: AutotuneOptions): Promise<number> {
  const machine = readMachine();
  const python = required(machine, "python", machine.python).command;
  const packages = required(machine, "tuner", machine.tuner).directory;
  const request = requestOf(options, machine, python);
  prepare(request, options.resume === true);
  const sessions: TunerSession[] = [];
  let defaults: TunedSettings = {};
  const end = await runTuner(
    request,
    { python, packages },
    {
      space: (known, size) => {
        defaults = known;
        process.stderr.write(`${size} settings; ${request.minutes} min\n`);
      },
      session: (session) => {
        sessions.push(session);
        process.stderr.write(`${sessionLine(session, defaults)}\n`);
      },
    },
  );
  if (end === null) {
    process.stderr.write("interrupted: the same command with --resume goes on from here\n");
    return 130;
  }
  const { result, said } = write(options, request, end, sessions);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(result, null, 2)}\n`
      : `${autotuningText(end, result.proof)}${said.join("\n")}\n`,
  );
  return 0;
}
