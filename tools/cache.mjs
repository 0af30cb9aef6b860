// Folders keyed by what they are made from: built aside, put in place at once, never half there.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import path from "node:path";
import { attempt } from "./run.mjs";

const building = ".building-";

/**
 * A folder of the cache; built when it is not there.
 *
 * @param {string} parent Where its kind is kept.
 * @param {string} key Names everything that it is made from.
 * @param {(folder: string) => Promise<void>} make Fills an empty folder; when it fails, nothing is kept.
 * @returns {Promise<string>} The folder.
 */
export async function cached(parent, key, make) {
  const target = path.join(parent, key);
  if (!existsSync(target)) {
    const folder = path.join(parent, `${building}${key}-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    try {
      await make(folder);
      putInPlace(folder, target);
    } finally {
      await remove(folder);
    }
  }
  const now = new Date();
  utimesSync(target, now, now);
  return target;
}

/**
 * @param {string} folder What was built.
 * @param {string} target Where it belongs; another process that built the same may have been faster.
 */
function putInPlace(folder, target) {
  try {
    renameSync(folder, target);
  } catch (error) {
    if (!existsSync(target)) {
      throw error;
    }
  }
}

/**
 * Gives something a folder of its own for as long as it lasts; the next set-up removes it where this one is killed.
 *
 * @param {string} parent Where.
 * @param {(folder: string) => Promise<void>} use Uses it.
 */
export async function withTemporary(parent, use) {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, building));
  try {
    await use(folder);
  } finally {
    await remove(folder);
  }
}

/**
 * Removes what killed set-ups left half built.
 *
 * @param {string} cache The cache folder.
 * @returns {Promise<string[]>} The folders removed.
 */
export async function sweep(cache) {
  const left = readdirSync(cache, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(path.join(cache, name)).map((inner) => path.join(cache, name, inner)))
    .filter((folder) => path.basename(folder).startsWith(building));
  for (const folder of left) {
    await remove(folder);
  }
  return left;
}

/**
 * Removes all but the newest folders of one kind.
 *
 * @param {string} parent Where they are kept.
 * @param {number} keep How many stay.
 * @returns {Promise<string[]>} The keys removed.
 */
export async function prune(parent, keep) {
  if (!existsSync(parent)) {
    return [];
  }
  const old = readdirSync(parent)
    .filter((name) => !name.startsWith("."))
    .map((name) => ({ name, used: statSync(path.join(parent, name)).mtimeMs }))
    .sort((a, b) => b.used - a.used)
    .slice(keep);
  for (const { name } of old) {
    await remove(path.join(parent, name));
  }
  return old.map(({ name }) => name);
}

/**
 * Mount points at or below a folder, innermost first.
 *
 * @param {string} mountInfo Content of `/proc/self/mountinfo`.
 * @param {string} folder An absolute path.
 * @returns {string[]} Absolute paths.
 */
export function mountsBelow(mountInfo, folder) {
  return mountInfo
    .split("\n")
    .map((line) => (line.split(" ")[4] ?? "").replaceAll("\\040", " "))
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}

/**
 * Removes a folder. What a killed program left mounted in it is unmounted first, and if that fails nothing is removed:
 * the mount could be this machine's own /dev.
 *
 * @param {string} folder An absolute path.
 */
export async function remove(folder) {
  for (const point of mountsBelow(readFileSync("/proc/self/mountinfo", "utf8"), folder)) {
    await attempt("umount", ["--lazy", point]);
  }
  const [still] = mountsBelow(readFileSync("/proc/self/mountinfo", "utf8"), folder);
  if (still !== undefined) {
    throw new Error(`${still} is still mounted: run \`umount ${still}\`, then set-up again.`);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
