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

const dayMs = 86_400_000;

/** What runs and commands make, by folders of the cache: all of it is made again when it is gone. */
const madeByRuns = [
  ...["data-sets", "functions/models", "functions/packages", "functions/tasks", "images"],
  ...["services/bases", "services/files", "services/locks", "services/made", "volumes"],
];
/** Folders of the cache in which others than set-up build, perhaps at this moment. */
const builtByRuns = new Set(madeByRuns.map((name) => name.split("/")[0]));

/**
 * @param {string} entry An absolute path.
 * @returns {number} When it was used, read or made last, in milliseconds; now when it is gone meanwhile.
 */
function lastUsed(entry) {
  const found = statSync(entry, { throwIfNoEntry: false });
  return found === undefined ? Date.now() : Math.max(found.atimeMs, found.mtimeMs, found.ctimeMs);
}

/**
 * Removes what killed set-ups left half built, and after a day what killed runs left.
 *
 * @param {string} cache The cache folder.
 * @param {number} [now] In milliseconds since 1970.
 * @returns {Promise<string[]>} The folders removed.
 */
export async function sweep(cache, now = Date.now()) {
  const left = readdirSync(cache, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(path.join(cache, name))
        .filter((inner) => inner.startsWith(building))
        .map((inner) => path.join(cache, name, inner))
        .filter((folder) => !builtByRuns.has(name) || now - lastUsed(folder) > dayMs),
    );
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
 * Removes data sets, images and the like that nobody has used for long.
 *
 * @param {string} cache The cache folder.
 * @param {number} days For how long.
 * @param {number} [now] In milliseconds since 1970.
 * @returns {Promise<string[]>} What was removed; what cannot be removed stays.
 */
export async function pruneUnused(cache, days, now = Date.now()) {
  /** @type {string[]} */
  const removed = [];
  for (const parent of madeByRuns.map((name) => path.join(cache, name)).filter((folder) => existsSync(folder))) {
    for (const entry of readdirSync(parent).map((name) => path.join(parent, name))) {
      if (now - lastUsed(entry) <= days * dayMs) continue;
      try {
        await remove(entry);
        removed.push(entry);
      } catch {
        // Another user's, or mounted: set-up has more to do than that.
      }
    }
  }
  return removed;
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
