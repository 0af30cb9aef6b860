import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Machine } from "../provider/machine.ts";
import { programDigest } from "../provider/program.ts";
import { digestOfFile } from "../provider/record-file.ts";
import { type DrawnSet, drawnSet, placeOfDrawn, seedOf } from "./drawn-set.ts";

const workload = fileURLToPath(new URL("../workloads/optimised-training", import.meta.url));

function digits(seed: number): DrawnSet {
  return {
    name: "mnist",
    programs: [programDigest(join(workload, "mnist")), digestOfFile(join(workload, "run/epochs/idx.py"))],
    seen: [{ source: workload, target: "/data/workload" }],
    command: (folder) => ["python3", "/data/workload/mnist/draw_digits.py", folder, "--seed", String(seed)],
    parts: [seed],
  };
}

/** Where a set of drawn digits is kept: named by everything that decides its bytes. */
export function mnistPlace(machine: Machine, seed: number): string {
  return placeOfDrawn(machine, digits(seed));
}

/**
 * A set of digits in the format of MNIST that nobody wrote by hand, in the cache; drawn when it is not there.
 *
 * @param seed of the digits, from 0 to 2147483647
 * @returns its folder
 * @throws UnderlayError `command-failed` with the last lines of what draws it
 */
export function mnistSet(seed = 1): Promise<string> {
  return drawnSet(digits(seed));
}

/** Options of `underlay data-set mnist`, as they were typed. */
export interface MnistSetOptions {
  /** From 0 to 2147483647. */
  readonly seed: string;
  readonly json?: boolean;
}

/** Prints a set's folder, and with JSON its files. */
export function printSet(directory: string, json: boolean): number {
  const found = { directory, files: readdirSync(directory).sort() };
  process.stdout.write(json ? `${JSON.stringify(found)}\n` : `${directory}\n`);
  return 0;
}

/**
 * Prints the folder of drawn digits.
 *
 * @param options seed as it was typed, and whether JSON is wanted
 * @returns the exit code
 * @throws UnderlayError `option-invalid`
 */
export async function makeMnistSet(options: MnistSetOptions): Promise<number> {
  return printSet(await mnistSet(seedOf(options.seed)), options.json === true);
}
