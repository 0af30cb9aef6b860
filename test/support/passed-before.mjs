// Remembers what passed: a check that does nothing but read files passes again as long as they are the same.
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { cached, prune } from "../../tools/cache.mjs";
import { digestOf, keyOf } from "../../tools/digest.mjs";
import { cacheFolder } from "../../tools/paths.mjs";

const folder = path.join(cacheFolder, "checks");
const marks = path.join(folder, "passed");
const keptMarks = 100;
const keptRepositories = 8;

/** What git ignores, and its own folder. Of packages the lock that npm leaves with them counts. */
const unread = new Set([
  ...[".git", "node_modules", "dist", "out", "__pycache__"],
  ...[".pytest_cache", ".mypy_cache", ".ruff_cache"],
]);

/**
 * @param {string} root A folder.
 * @param {string} [inner] A folder below it.
 * @returns {string[]} Path and content of each file, in order.
 */
function contents(root, inner = "") {
  return readdirSync(path.join(root, inner), { withFileTypes: true })
    .filter(({ name }) => !unread.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = path.join(inner, entry.name);
      if (entry.isDirectory()) {
        return contents(root, name);
      }
      if (entry.isSymbolicLink()) {
        return [name, readlinkSync(path.join(root, name))];
      }
      return entry.isFile() ? [name, digestOf([readFileSync(path.join(root, name))])] : [];
    });
}

/**
 * A key for everything that a check reads.
 *
 * @param {string} root The repository.
 * @param {readonly string[]} more What its outcome depends on besides the files of the repository and the npm packages.
 * @returns {string} Another one whenever anything of it changes.
 */
export function keyOfInputs(root, more) {
  const packages = path.join(root, "node_modules", ".package-lock.json");
  const lock = existsSync(packages) ? readFileSync(packages) : "";
  return keyOf([process.version, ...more, lock, ...contents(root)]);
}

/**
 * Whether a check passed on just this.
 *
 * @param {string} key Of its inputs.
 * @returns {boolean} False where nobody remembers.
 */
export function passedBefore(key) {
  return existsSync(path.join(marks, key));
}

/**
 * Remembers that a check passed.
 *
 * @param {string} key Of its inputs.
 */
export async function remember(key) {
  await cached(marks, key, async () => undefined);
  await prune(marks, keptMarks);
}

/**
 * Where the checks of a repository keep what they need not compute again.
 *
 * @param {string} root The repository.
 * @returns {Promise<string>} A folder of the cache.
 */
export async function checksFolder(root) {
  const parent = path.join(folder, "repositories");
  const own = await cached(parent, keyOf([root]), async () => undefined);
  await prune(parent, keptRepositories);
  return own;
}
