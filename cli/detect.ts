import { writeFileSync } from "node:fs";
import { readServiceMeasurements, serviceMeasurementsFile } from "../catalogue/services/measured.ts";
import type { VersionChoice } from "../measure/version-ranking.ts";
import { type Machine, readMachine, stateDirectory } from "../provider/machine.ts";
import { findingsOf } from "../provider/model-service/source-findings.ts";
import { acceleratorsNote, type PythonLock } from "../provider/python-lock.ts";
import { chooseLock } from "../provider/version-sets.ts";
import { detectionProgram, type ModelFindings, pythonFor, requirementsOf } from "../workloads/index.ts";
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
  /** Whether the versions are the newest ones, or were chosen by what services were measured to be. */
  readonly choice: VersionChoice;
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
  const records = readServiceMeasurements(serviceMeasurementsFile(stateDirectory()));
  const wanted = { pythonVersion, processorOnly: cuda !== true };
  const { text, packages, choice } = await chooseLock(machine, lines, wanted, records);
  const own = packages.some(({ version }) => version.endsWith("+cpu"))
    ? "# PyTorch's wheels are those of its own index: install them with `uv pip install --torch-backend cpu`.\n"
    : "";
  writeFileSync(file, `# Versions by ${choice.by}: ${choice.because}.\n${own}${text}`);
  const accelerators = cuda === true ? null : acceleratorsNote(packages);
  return { pythonVersion, notes: [...notes, ...(accelerators === null ? [] : [accelerators])], packages, choice };
}

/**
 * Says what a model's source needs; with `lock`, which versions of it fit together.
 *
 * @returns 0; 1 when something could not be read, or not be served
 * @throws UnderlayError as {@link findingsOf}, and what resolving throws
 */
export async function detect(path: string, options: DetectOptions): Promise<number> {
  const machine = readMachine();
  const findings = await findingsOf(path, { machine, program: detectionProgram });
  const resolution = options.lock === undefined ? null : await resolve(machine, findings, options.lock, options);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ ...findings, resolution }, null, 2)}\n`);
  } else {
    process.stdout.write(findingsText(findings));
    if (resolution !== null) {
      const { packages, pythonVersion, notes, choice } = resolution;
      const lines = [`versions by ${choice.by}: ${choice.because}`, ...notes].map((note) => `  ${note}`);
      const end = `lock: ${String(options.lock)}, ${packages.length} distributions for Python ${pythonVersion}`;
      process.stdout.write(`${[end, ...lines].join("\n")}\n`);
    }
  }
  return findings.problemCount > 0 ? 1 : 0;
}
