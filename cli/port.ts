import { copyFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { portTimesOf } from "../measure/port-times.ts";
import { type Machine, readMachine, required } from "../provider/machine.ts";
import { executeInRoot, type Seen } from "../provider/root-program.ts";
import { findingsOf } from "../provider/model-service/source-findings.ts";
import {
  detectionProgram,
  type ModelFindings,
  portAnswerSchema,
  type Ported,
  portedFormats,
  portingProgram,
  type PortRequest,
  servedFormats,
} from "../workloads/index.ts";
import { type PortOptions, portSettings, type PortSettings } from "./port-options.ts";
import { servePort } from "./port-served.ts";
import { type PortReport, portText } from "./port-text.ts";
import { ServiceProgress } from "./service-lines.ts";

/** Longest time of a port with its timing, in seconds. */
const timeoutSec = 3600;

type Artefact = ModelFindings["artefacts"][number];

/** The one model below a path that can be ported. */
function modelIn(findings: ModelFindings, path: string): Artefact {
  const { artefacts } = findings;
  const possible = artefacts.filter(({ format }) => portedFormats[format] !== undefined);
  const [only, ...others] = possible;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    const names = possible.map((each) => each.path).join(", ");
    throw new UnderlayError("model-ambiguous", `${path} has several models: ${names}.`, "Name one of them.");
  }
  const there = artefacts.map((each) => `${each.path} (${each.format})`).join(", ");
  throw new UnderlayError(
    "model-missing",
    `${path} has no model that can be ported${there === "" ? "" : `, only ${there}`}.`,
    `Ported are ${Object.keys(portedFormats).join(", ")}.`,
  );
}

function mustBeTrusted({ path, format, executes }: Artefact, trust: boolean): void {
  if (executes.length > 0) {
    const names = executes.join(", ");
    throw new UnderlayError("artefact-executes", `${path} would run ${names}, which no model is made of.`);
  }
  if (format !== "pickle" || trust) return;
  throw new UnderlayError(
    "artefact-untrusted",
    `${path} is a pickle: to load it is to run what it says.`,
    "Where you know who made it, say so by --trust; it runs without network and sees nothing but itself.",
  );
}

function mustBeServed({ path, format }: Artefact): void {
  if (format in servedFormats) return;
  throw new UnderlayError(
    "format-unserved",
    `${path} has the format ${format}, which has no server of its own: its image cannot be held against another.`,
    `Leave out --images; served are ${Object.keys(servedFormats).join(", ")}.`,
  );
}

/** Python's folders of packages for a framework. */
function packagesFor(machine: Machine, framework: (typeof portedFormats)[string]): Seen[] {
  const onnx = required(machine, "onnx", machine.onnx).directory;
  const own = [{ source: onnx, target: "/data/onnx" }];
  if (framework !== "pytorch") return own;
  return [...own, { source: required(machine, "pytorch", machine.pytorch).directory, target: "/data/pytorch" }];
}

/** The user's function that makes a network: its folder is shown, and the name as the program knows it. */
function factoryOf(word: string | undefined): { seen: Seen[]; name: string | null } {
  if (word === undefined) return { seen: [], name: null };
  const [, file, name] = /^(.+\.py):([A-Za-z_]\w*)$/.exec(word) ?? [];
  if (file === undefined || name === undefined || !existsSync(file)) {
    throw new UnderlayError(
      "option-invalid",
      `--factory is "${word}".`,
      "Write FILE.py:FUNCTION of a file that is there.",
    );
  }
  const source = realpathSync(file);
  return {
    seen: [{ source: dirname(source), target: "/data/factory" }],
    name: `/data/factory/${basename(source)}:${name}`,
  };
}

/** Runs the program, and throws what it could not do. */
async function portIn(
  machine: Machine,
  folder: string,
  request: PortRequest,
  seen: readonly Seen[],
  signal: AbortSignal,
): Promise<Ported> {
  writeFileSync(join(folder, "request.json"), JSON.stringify(request));
  const paths = seen.map(({ target }) => target).filter((target) => /^\/data\/(?:onnx|pytorch)$/.test(target));
  const places = [
    ...seen,
    { source: portingProgram, target: "/data/program" },
    { source: folder, target: "/data/out", writable: true },
  ];
  const python = ["/usr/bin/env", `PYTHONPATH=${paths.join(":")}`, "TF_CPP_MIN_LOG_LEVEL=3", "/usr/bin/python3", "-B"];
  const argv = [...python, "/data/program", "/data/out/request.json"];
  let output: string;
  try {
    output = await executeInRoot(machine, argv, places, { timeoutSec, signal });
  } catch (thrown) {
    throw new UnderlayError("port-failed", `The converter ended: ${messageOf(thrown)}`, null, { cause: thrown });
  }
  const answer = portAnswerSchema.parse(JSON.parse(output));
  if ("error" in answer) throw new UnderlayError(answer.error.code, answer.error.message, answer.error.hint);
  return answer;
}

function reportOf(
  ported: Ported,
  settings: PortSettings,
  { model, format, file, served }: Pick<PortReport, "model" | "format" | "file" | "served">,
): PortReport {
  const { latencies, starts, ...rest } = ported;
  const of = (side: "original" | "ported") => (starts?.[side] ?? []).map(({ seconds }) => seconds);
  const most = (side: "original" | "ported") => Math.max(...(starts?.[side] ?? []).map((each) => each.peakMemoryMiB));
  return {
    ...{ model, format, file },
    ...rest,
    tolerance: { relative: settings.relative, absolute: settings.absolute },
    ...{ seed: settings.seed, range: [settings.low, settings.high], threads: settings.threads },
    times:
      latencies === null
        ? null
        : portTimesOf({ latencies, starts: { original: of("original"), ported: of("ported") } }),
    peakMemoryMiB: starts === null ? null : { original: most("original"), ported: most("ported") },
    served,
  };
}

/** Holds a port against its tolerance. */
function mustBeWithin({ differences, samples }: Ported, { relative, absolute }: PortSettings): void {
  const far = differences.filter(({ outside }) => outside > 0);
  if (far.length === 0) return;
  const said = far.map(({ output, outside, values, maximumAbsolute, maximumRelative }) => {
    const largest = `largest difference ${String(maximumAbsolute ?? "not a number")}, relative ${String(maximumRelative ?? "not a number")}`;
    return `${output}: ${String(outside)} of ${String(values)} values (${largest})`;
  });
  throw new UnderlayError(
    "port-differs",
    `The ported model answers otherwise on ${String(samples)} inputs: ${said.join("; ")}. Nothing was written.`,
    `Allowed is ${String(absolute)} + ${String(relative)} × the original's value: --absolute and --relative change it, --range says what inputs are like.`,
  );
}

/**
 * Ports a model to ONNX in the shared root, holds what comes out against the original, and times both.
 *
 * @param path A model's file or folder, or a folder with one of them in it.
 * @returns the exit code
 * @throws UnderlayError with a code of its own for whatever does not convert; nothing is written then
 */
export async function portModel(path: string, options: PortOptions): Promise<number> {
  const settings = portSettings(options);
  const machine = readMachine();
  const factory = factoryOf(options.factory);
  const findings = await findingsOf(path, { machine, program: detectionProgram });
  const artefact = modelIn(findings, path);
  mustBeTrusted(artefact, options.trust ?? false);
  if (options.images === true) mustBeServed(artefact);
  const framework = portedFormats[artefact.format] ?? "tensorflow";
  const source = realpathSync(path);
  // Of a file the finding is its name; of a folder, the way from there, which is `.` for a SavedModel itself.
  const own = existsSync(join(source, artefact.path)) ? join(source, artefact.path) : source;
  const target = `/data/model/${basename(own)}`;
  const folder = mkdtempSync(join(tmpdir(), "underlay-port-"));
  const progress = new ServiceProgress();
  try {
    progress.line(`porting ${artefact.path} (${artefact.format}) to ONNX, operators ${options.opset}`);
    const output = "/data/out/model.onnx";
    const request = { ...settings, model: target, format: artefact.format, output, factory: factory.name };
    const seen = [...packagesFor(machine, framework), ...factory.seen, { source: own, target }];
    const ported = await portIn(machine, folder, request, seen, progress.told.signal);
    mustBeWithin(ported, settings);
    const file = resolve(options.out);
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(join(folder, "model.onnx"), file);
    const models = { original: own, ported: file };
    const served =
      options.images === true
        ? await servePort(models, settings, options.trust ?? false, machine, progress.told)
        : null;
    const report = reportOf(ported, settings, { model: path, format: artefact.format, file, served });
    process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : portText(report));
    return 0;
  } catch (thrown) {
    throw progress.interrupted ? new UnderlayError("interrupted", messageOf(thrown), null, { cause: thrown }) : thrown;
  } finally {
    progress.release();
    rmSync(folder, { recursive: true, force: true });
  }
}
