import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { UnderlayError } from "../measure/error.ts";
import { minimalEnvironment } from "../provider/execute.ts";
import { cacheDirectory, type Machine, markUsed, readMachine, required } from "../provider/machine.ts";
import { programDigest } from "../provider/program.ts";
import { wholeOf } from "./options.ts";

/** Options of `underlay data-set`. */
export interface DataSetOptions {
  /** Size of all shards together, such as `512MB`. */
  readonly bytes: string;
  readonly seed: string;
  readonly shards: string;
  readonly json?: boolean;
}

/** What a data set is made from. */
export interface DataSetParameters {
  /** Size of all shards together, in bytes. */
  readonly bytes: number;
  readonly seed: number;
  /** Number of files, 1 to 99999. */
  readonly shards: number;
}

const generator = fileURLToPath(new URL("../workloads/training/imagenet", import.meta.url));
const units: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};
const mostShards = 99_999;
/** What the generator prints: bytes, images and SHA-256 of each shard. */
const shardList = "shards.json";

/**
 * Reads a size such as `512MB`, `1.5GiB` or `4000000`.
 *
 * @returns whole bytes, at least 1
 * @throws UnderlayError `option-invalid`
 */
export function readBytes(text: string): number {
  const [, number = "", unit = ""] = /^(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(text) ?? [];
  const factor = units[unit.toUpperCase()];
  const bytes = Math.floor(Number(number) * (factor ?? Number.NaN));
  if (number === "" || !Number.isSafeInteger(bytes) || bytes < 1) {
    throw new UnderlayError(
      "option-invalid",
      `--bytes is "${text}", but must be a size above 0.`,
      "Write it as a number with B, KB, MB, GB, KiB, MiB or GiB, such as --bytes 512MB.",
    );
  }
  return bytes;
}

/** What the options ask for; throws UnderlayError `option-invalid`. */
export function parametersOf({ bytes, seed, shards }: DataSetOptions): DataSetParameters {
  return {
    bytes: readBytes(bytes),
    seed: wholeOf("--seed", seed, 1, 2 ** 31 - 1),
    shards: wholeOf("--shards", shards, 1, mostShards),
  };
}

/** Where a data set is kept: named by everything that decides its bytes. */
export function dataSetPlace(machine: Machine, parameters: DataSetParameters): string {
  const root = required(machine, "root", machine.root);
  const { bytes, seed, shards } = parameters;
  const inputs = [programDigest(generator), root.digest, machine.photographs?.digest ?? null, bytes, seed, shards];
  const key = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 16);
  return join(cacheDirectory(), "data-sets", `imagenet-${key}`);
}

/** The generator in the shared root, which it sees read only; the data set's folder alone can be written to. */
export function generatorCommand(machine: Machine, folder: string, parameters: DataSetParameters): string[] {
  const root = required(machine, "root", machine.root).directory;
  const bubblewrap = required(machine, "bubblewrap", machine.bubblewrap);
  const photographs = machine.photographs?.directory;
  const { bytes, seed, shards } = parameters;
  return [
    ...[bubblewrap, "--die-with-parent", "--unshare-net", "--ro-bind", root, "/", "--dev", "/dev", "--proc", "/proc"],
    ...["--tmpfs", "/tmp", "--ro-bind", generator, "/tmp/generator", "--bind", folder, "/tmp/data-set"],
    ...(photographs === undefined ? [] : ["--ro-bind", photographs, "/tmp/photographs"]),
    ...["--setenv", "HOME", "/tmp", "--setenv", "PYTHONDONTWRITEBYTECODE", "1", "--chdir", "/tmp", "--"],
    ...["python3", "/tmp/generator/generate.py", "/tmp/data-set"],
    ...["--bytes", String(bytes), "--shards", String(shards), "--seed", String(seed)],
    ...(photographs === undefined ? [] : ["--photographs", "/tmp/photographs"]),
  ];
}

/** Runs the generator; its progress goes to standard error, and a list of what it made into the data set. */
async function generate(machine: Machine, folder: string, parameters: DataSetParameters): Promise<void> {
  const [file = "", ...args] = generatorCommand(machine, folder, parameters);
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"], env: minimalEnvironment() });
  const printed = text(child.stdout);
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  if (code !== 0) {
    throw new UnderlayError(
      "data-set-unfinished",
      `The data set in ${folder} is not finished: its generator ended with ${String(code ?? signal)}.`,
      "What is wrong is said above. The same command goes on from the shards that are there.",
    );
  }
  writeFileSync(join(folder, shardList), await printed);
}

/** Size of the shards in a folder, and how many there are. */
function contentOf(folder: string): { shards: number; images: number; bytes: number } {
  const { shards } = JSON.parse(readFileSync(join(folder, shardList), "utf8")) as {
    shards: readonly { images: number; bytes: number }[];
  };
  const sum = (of: "images" | "bytes"): number => shards.reduce((total, shard) => total + shard[of], 0);
  return { shards: shards.length, images: sum("images"), bytes: sum("bytes") };
}

/**
 * An ImageNet-format data set in the cache; made when it is not there.
 *
 * @throws UnderlayError `data-set-unfinished` when the generator did not end well
 */
export async function imagenetDataSet(parameters: DataSetParameters): Promise<{ directory: string; found: boolean }> {
  const machine = readMachine();
  const directory = dataSetPlace(machine, parameters);
  const found = existsSync(directory);
  if (found) {
    markUsed(directory);
  } else {
    const unfinished = `${directory}.unfinished`;
    mkdirSync(unfinished, { recursive: true });
    await generate(machine, unfinished, parameters);
    // Another run of the same command may have been faster: the bytes are the same.
    if (!existsSync(directory)) {
      renameSync(unfinished, directory);
    }
  }
  return { directory, found };
}

/**
 * Makes an ImageNet-format data set, or finds it in the cache, and prints its folder.
 *
 * @returns the exit code
 * @throws UnderlayError `option-invalid`; `data-set-unfinished` when the generator did not end well
 */
export async function makeDataSet(options: DataSetOptions): Promise<number> {
  const { directory, found } = await imagenetDataSet(parametersOf(options));
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ directory, found, ...contentOf(directory) })}\n` : `${directory}\n`,
  );
  return 0;
}
