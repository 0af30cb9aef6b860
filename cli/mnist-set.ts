import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UnderlayError } from "../measure/error.ts";
import { cacheDirectory, type Machine, readMachine, required } from "../provider/machine.ts";
import { programDigest } from "../provider/program.ts";
import { digestOfFile } from "../provider/record-file.ts";
import { executeInRoot } from "../provider/root-program.ts";

const workload = fileURLToPath(new URL("../workloads/optimised-training", import.meta.url));
const drawTimeoutSec = 1800;

/** Where a set of drawn digits is kept: named by everything that decides its bytes. */
export function mnistPlace(machine: Machine, seed: number): string {
  const root = required(machine, "root", machine.root);
  const programs = [programDigest(join(workload, "mnist")), digestOfFile(join(workload, "run/epochs/idx.py"))];
  const key = createHash("sha256")
    .update(JSON.stringify([...programs, root.digest, seed]))
    .digest("hex")
    .slice(0, 16);
  return join(cacheDirectory(), "data-sets", `mnist-${key}`);
}

/**
 * A set of digits in the format of MNIST that nobody wrote by hand, in the cache; drawn when it is not there.
 *
 * @param seed of the digits, from 0 to 2147483647
 * @returns its folder
 * @throws UnderlayError `command-failed` with the last lines of what draws it
 */
export async function mnistSet(seed = 1): Promise<string> {
  const machine = readMachine();
  const place = mnistPlace(machine, seed);
  if (existsSync(place)) return place;
  const parent = join(cacheDirectory(), "data-sets");
  mkdirSync(parent, { recursive: true });
  const unfinished = mkdtempSync(join(parent, ".building-mnist-"));
  try {
    const seen = [
      { source: workload, target: "/data/workload" },
      { source: unfinished, target: "/data/set", writable: true },
    ];
    const command = ["python3", "/data/workload/mnist/draw_digits.py", "/data/set", "--seed", String(seed)];
    await executeInRoot(machine, command, seen, { timeoutSec: drawTimeoutSec });
    if (!existsSync(place)) renameSync(unfinished, place);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return place;
}

/** Options of `underlay data-set mnist`, as they were typed. */
export interface MnistSetOptions {
  /** From 0 to 2147483647. */
  readonly seed: string;
  readonly json?: boolean;
}

/**
 * Prints the folder of drawn digits.
 *
 * @param options seed as it was typed, and whether JSON is wanted
 * @returns the exit code
 * @throws UnderlayError `option-invalid`
 */
export async function makeMnistSet(options: MnistSetOptions): Promise<number> {
  if (!/^\d{1,10}$/.test(options.seed) || Number(options.seed) >= 2 ** 31) {
    const allowed = "a whole number from 0 to 2147483647";
    throw new UnderlayError("option-invalid", `--seed is "${options.seed}", but must be ${allowed}.`);
  }
  const directory = await mnistSet(Number(options.seed));
  const found = { directory, files: readdirSync(directory).sort() };
  process.stdout.write(options.json === true ? `${JSON.stringify(found)}\n` : `${directory}\n`);
  return 0;
}
