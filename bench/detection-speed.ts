import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findingsOf } from "../provider/model-service/source-findings.ts";
import { UnderlayError } from "../measure/error.ts";
import { median } from "../measure/statistics.ts";
import { readMachine, required } from "../provider/machine.ts";
import type { Bench } from "./bench.ts";
import { detectionProgram } from "../workloads/index.ts";

const goalSeconds = 2;
const files = 1000;
const repetitions = 7;

/** The modules of a package that lie in the shared root, by name. */
function modulesOf(packages: string, name: string): string[] {
  return readdirSync(join(packages, name), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".py"))
    .map((file) => join(name, file))
    .sort();
}

/** Copies the sources of Keras, and as many of NumPy's as are wanted besides: real modules, of 12 KB in the mean. */
function makeRepository(root: string, folder: string): number {
  const packages = join(root, "usr/local/lib/python3.11/dist-packages");
  const chosen = [...modulesOf(packages, "keras"), ...modulesOf(packages, "numpy")].slice(0, files);
  if (chosen.length < files) {
    throw new UnderlayError("sources-missing", `${packages} has ${String(chosen.length)} modules of Keras and NumPy.`);
  }
  let bytes = 0;
  for (const name of chosen) {
    const target = join(folder, "repository", name);
    mkdirSync(join(target, ".."), { recursive: true });
    cpSync(join(packages, name), target);
    bytes += statSync(target).size;
  }
  return bytes;
}

/** Time from a folder to its findings, with the start of the isolated program. */
export const detectionSpeed: Bench = {
  name: "detection-speed",
  title: "reading a repository of 1,000 modules: what it needs, with the place of each finding",
  goal: `≤ ${String(goalSeconds)} s`,
  unit: "s",
  run: async (progress) => {
    const machine = readMachine();
    const folder = mkdtempSync(join(tmpdir(), "underlay-bench-"));
    try {
      const bytes = makeRepository(required(machine, "root", machine.root).directory, folder);
      const times: number[] = [];
      for (let repetition = 0; repetition < repetitions; repetition += 1) {
        const start = performance.now();
        const { source } = await findingsOf(join(folder, "repository"), { machine, program: detectionProgram });
        times.push((performance.now() - start) / 1000);
        progress(`${String(source.sources)} modules in ${(times.at(-1) ?? 0).toFixed(2)} s`);
      }
      const value = median(times) ?? Number.NaN;
      const detail = { files, megabytes: bytes / 1e6, times };
      return { value, n: repetitions, interval: null, pass: value <= goalSeconds, detail };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
