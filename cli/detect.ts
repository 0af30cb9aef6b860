import { existsSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { type Machine, readMachine } from "../provider/machine.ts";
import { lockRequirements, type PythonLock } from "../provider/python-lock.ts";
import { executeInRoot } from "../provider/root-program.ts";
import {
  detectionProgram,
  type ModelFindings,
  modelFindingsSchema,
  pythonFor,
  requirementsOf,
} from "../workloads/index.ts";
import { findingsText } from "./findings-text.ts";

/** Options of `underlay detect`. */
export interface DetectOptions {
  readonly json?: boolean;
  /** File that the lock is written to. */
  readonly lock?: string;
  /** Version of Python, such as `3.11`. */
  readonly python?: string;
  /** Lock for NVIDIA accelerators. */
  readonly cuda?: boolean;
}

/** A lock, with what it was made for. */
export interface Resolution {
  readonly pythonVersion: string;
  readonly notes: readonly string[];
  readonly packages: PythonLock["packages"];
}

/** Longest time for reading a source, in seconds. */
const timeoutSec = 180;

/** Where the program sees the source. */
const place = "/data/source";

/** The source's own path, without links. */
function sourceAt(path: string): string {
  if (!existsSync(path)) {
    throw new UnderlayError("source-not-found", `There is nothing at ${path}.`);
  }
  const source = realpathSync(path);
  const kind = statSync(source);
  if (!kind.isDirectory() && !kind.isFile()) {
    throw new UnderlayError("source-invalid", `${path} is neither a file nor a folder.`);
  }
  return source;
}

/**
 * Reads a model's source in the shared root: isolated, without network, with nothing but the source to see, and without
 * running any of it.
 *
 * @param machine Has the shared root.
 * @param path A module, a notebook, a model's file, or a folder of these.
 * @throws UnderlayError `source-not-found`, `source-invalid`, `detection-failed`
 */
export async function findingsOf(machine: Machine, path: string): Promise<ModelFindings> {
  const source = sourceAt(path);
  const target = statSync(source).isDirectory() ? place : `${place}/${basename(source)}`;
  const seen = [
    { source: detectionProgram, target: "/data/program" },
    { source, target },
  ];
  const argv = ["/usr/bin/python3", "-I", "-S", "/data/program", target];
  try {
    const output = await executeInRoot(machine, argv, seen, { timeoutSec });
    return modelFindingsSchema.parse(JSON.parse(output));
  } catch (thrown) {
    if (thrown instanceof UnderlayError && thrown.code !== "command-failed") throw thrown;
    const why = thrown instanceof z.ZodError ? z.prettifyError(thrown) : messageOf(thrown);
    throw new UnderlayError("detection-failed", `${path} could not be read: ${why}`, null, { cause: thrown });
  }
}

/** Resolves what was found, and writes the lock. */
async function resolve(
  machine: Machine,
  findings: ModelFindings,
  file: string,
  { python, cuda }: DetectOptions,
): Promise<Resolution> {
  const pythonVersion = pythonFor(findings, python);
  const { lines, notes } = requirementsOf(findings, { accelerator: cuda === true ? "cuda" : "cpu" });
  const { text, packages } = await lockRequirements(machine, lines, { pythonVersion });
  writeFileSync(file, text);
  return { pythonVersion, notes, packages };
}

/**
 * Says what a model's source needs; with `lock`, which versions of it fit together.
 *
 * @returns 0; 1 when something could not be read, or not be served
 * @throws UnderlayError as {@link findingsOf}, and what resolving throws
 */
export async function detect(path: string, options: DetectOptions): Promise<number> {
  const machine = readMachine();
  const findings = await findingsOf(machine, path);
  const resolution = options.lock === undefined ? null : await resolve(machine, findings, options.lock, options);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ ...findings, resolution }, null, 2)}\n`);
  } else {
    process.stdout.write(findingsText(findings));
    if (resolution !== null) {
      const { packages, pythonVersion, notes } = resolution;
      const lines = notes.map((note) => `  ${note}`);
      const end = `lock: ${String(options.lock)}, ${packages.length} distributions for Python ${pythonVersion}`;
      process.stdout.write(`${[end, ...lines].join("\n")}\n`);
    }
  }
  return findings.problemCount > 0 ? 1 : 0;
}
