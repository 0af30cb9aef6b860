// The root file system that all environments share, with its block image.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { digestOfTree } from "../root/archive.mjs";
import { makeBlockImage } from "../root/block-image.mjs";
import { compile } from "../root/byte-code.mjs";
import { makeDebianTree } from "../root/debian-tree.mjs";
import { clean, level } from "../root/normalise.mjs";
import { packages, revision, sitePackages, suite } from "../root/recipe.mjs";
import { installWheels } from "../root/wheels.mjs";
import { cached, prune, remove } from "../cache.mjs";
import { keyOf } from "../digest.mjs";
import { projectFile } from "../paths.mjs";

/** @typedef {import("../context.mjs").Context} Context */

/**
 * The shared root.
 *
 * @typedef {object} Root
 * @property {string} directory The tree.
 * @property {string} blockImage The same as an ext4 file system in a file.
 * @property {string} digest SHA-256 of the tree's archive: equal digests are equal bits.
 */

/**
 * The lock of what workloads import: with the accelerators' libraries where there are any.
 *
 * @param {boolean} accelerators Whether NVIDIA's driver is there.
 * @returns {string} A lock file.
 */
export function workloadLock(accelerators) {
  return projectFile("tools", "requirements", accelerators ? "workload-cuda.txt" : "workload.txt");
}

/** @param {string} lock The lock of what workloads import. */
function rootKey(lock) {
  const files = [projectFile("tools", "root", "recipe.mjs"), projectFile("tools", "root", "underlay-init"), lock];
  return keyOf([process.arch, String(revision), ...files.map((file) => readFileSync(file))]);
}

/**
 * Makes the root, or finds it in the cache.
 *
 * @param {Context} context What set-up knows.
 * @param {{ uv: Promise<string>, engine: () => Promise<import("../root/debian-tree.mjs").Engine> }} means How to get what it takes.
 * @returns {Promise<import("../finding.mjs").Found<Root>>} The root.
 */
export async function rootStep(context, means) {
  const lock = workloadLock(context.accelerators);
  const parent = path.join(context.cache, "root");
  const key = rootKey(lock);
  const folder = await cached(parent, key, (building) => makeRoot(context, building, lock, means));
  await prune(parent, 2);
  const digest = readFileSync(path.join(folder, "digest"), "utf8").trim();
  const part = { directory: path.join(folder, "tree"), blockImage: path.join(folder, "root.ext4"), digest };
  const accelerated = context.accelerators ? ", with NVIDIA's libraries" : "";
  return {
    part,
    status: "ok",
    detail: `Debian ${suite}, Python 3.11 and the locked packages${accelerated}, ${digest.slice(0, 19)}… at ${part.directory}`,
  };
}

/**
 * @param {Context} context What set-up knows.
 * @param {string} building An empty folder.
 * @param {string} lock The lock of what workloads import.
 * @param {{ uv: Promise<string>, engine: () => Promise<import("../root/debian-tree.mjs").Engine> }} means How to get what it takes.
 */
async function makeRoot(context, building, lock, { uv, engine }) {
  const { isRoot, log } = context;
  const tree = path.join(building, "tree");
  const wheels = path.join(building, "wheels");
  const debian = timed(context, "Debian packages", () =>
    makeDebianTree(tree, packages, { isRoot, engine, log: log.raw }),
  );
  // The wheels need nothing of Debian's until they are moved into the tree: both come over the network at once.
  const python = timed(context, "Python packages", async () => installWheels(await uv, lock, wheels, log.raw));
  await bothOrNeither([debian, python]);
  await moveInto(wheels, path.join(tree, sitePackages));
  clean(tree, projectFile("tools", "root", "underlay-init"));
  await timed(context, "byte code", () => compile(tree, { isRoot, log: log.raw }));
  clean(tree, projectFile("tools", "root", "underlay-init"));
  await level(tree, isRoot);
  const [digest] = await bothOrNeither([
    timed(context, "content digest", () => digestOfTree(tree)),
    timed(context, "block image", () => makeBlockImage(tree, path.join(building, "root.ext4"), isRoot)),
  ]);
  writeFileSync(path.join(building, "digest"), `${digest}\n`);
}

/**
 * Waits for all, even when one fails: nothing may work on a folder that is being removed.
 *
 * @template {readonly unknown[]} T
 * @param {{ [Index in keyof T]: Promise<T[Index]> }} promises What to wait for.
 * @returns {Promise<T>} Their results.
 */
async function bothOrNeither(promises) {
  await Promise.allSettled(promises);
  return /** @type {Promise<T>} */ (Promise.all(promises));
}

/**
 * @template T
 * @param {Context} context Tells people.
 * @param {string} what What is being made.
 * @param {() => Promise<T>} make Makes it.
 */
async function timed(context, what, make) {
  const started = performance.now();
  const made = await make();
  context.progress("root", `${what} in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  return made;
}

/**
 * @param {string} from A folder on the same file system.
 * @param {string} to Where its entries go; may be there already.
 */
async function moveInto(from, to) {
  await remove(to);
  mkdirSync(path.dirname(to), { recursive: true });
  renameSync(from, to);
}
