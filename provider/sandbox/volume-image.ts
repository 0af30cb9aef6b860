import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { execute } from "../execute.ts";
import { cacheDirectory, markUsed } from "../machine.ts";

/** Names, sizes and times of a folder's files: what a changed folder is told by. */
function contentOf(directory: string): { key: string; bytes: number; files: number } {
  const hash = createHash("sha256");
  let bytes = 0;
  let files = 0;
  for (const entry of readdirSync(directory, { recursive: true, encoding: "utf8" }).sort()) {
    const { size, mtimeMs } = statSync(join(directory, entry));
    hash.update(`${entry}\0${String(size)}\0${String(mtimeMs)}\0`);
    bytes += size;
    files += 1;
  }
  return { key: hash.digest("hex").slice(0, 24), bytes, files };
}

const making = new Map<string, Promise<string>>();

async function make(
  image: string,
  directory: string,
  size: { bytes: number; files: number },
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const unfinished = `${image}.${String(process.pid)}`;
  const kibibytes = Math.ceil((size.bytes * 1.1) / 1024) + size.files * 8 + 4096;
  try {
    const options = [
      "-q",
      "-t",
      "ext4",
      "-O",
      "^has_journal",
      "-m",
      "0",
      "-N",
      String(size.files + 64),
      "-d",
      directory,
    ];
    await execute(["mke2fs", ...options, unfinished, `${String(kibibytes)}k`], { timeoutSec: 3600, env });
    renameSync(unfinished, image);
    return image;
  } finally {
    rmSync(unfinished, { force: true });
    making.delete(image);
  }
}

/**
 * A block image of a folder, kept in the cache by its content, so that a guest can mount it. Guests that start at the
 * same time wait for the same image.
 */
export function volumeImage(directory: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { key, ...size } = contentOf(directory);
  const place = join(cacheDirectory(), "volumes");
  const image = join(place, `${key}.ext4`);
  if (existsSync(image)) {
    markUsed(image);
    return Promise.resolve(image);
  }
  mkdirSync(place, { recursive: true });
  const made = making.get(image) ?? make(image, directory, size, env);
  making.set(image, made);
  return made;
}
