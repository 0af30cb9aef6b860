// What the tuner searches with: Optuna, as a folder of packages for the Python that trains, and Debian's allocators.
import { readFileSync } from "node:fs";
import path from "node:path";
import { unpackPackages } from "../apt.mjs";
import { cached, prune, remove } from "../cache.mjs";
import { keyOf } from "../digest.mjs";
import { findCommand } from "../find-command.mjs";
import { messageOf, notAskedFor } from "../finding.mjs";
import { projectFile } from "../paths.mjs";
import { installWheels } from "../root/wheels.mjs";

/** Grows when the making changes what comes out though no file of the key does. */
const revision = 1;
/** Debian's packages of allocators that a training can be started with. */
const allocators = ["libjemalloc2", "libtcmalloc-minimal4"];

/**
 * The optimiser.
 *
 * @typedef {object} Tuner
 * @property {string} directory Folder of packages, none of them compiled: any Python from 3.10 on takes them.
 * @property {string} version Of Optuna.
 * @property {string | null} allocators Folder with a `usr/lib` that holds allocators; null where Debian's cannot be had.
 */

/**
 * Gets the allocators, or finds them in the cache; the tuner can do without.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @returns {Promise<string | null>} Their folder.
 */
async function allocatorsIn({ cache, distribution, log }) {
  if (!distribution.apt || findCommand("dpkg-deb") === null) {
    return null;
  }
  const parent = path.join(cache, "allocators");
  try {
    const key = keyOf([String(revision), ...allocators]);
    const folder = await cached(parent, key, (building) => unpackPackages(building, allocators, log.raw));
    await prune(parent, 2);
    return path.join(folder, "tree");
  } catch (error) {
    log.raw(`${allocators.join(" and ")} could not be had: ${messageOf(error)}\n`);
    return null;
  }
}

/**
 * Makes the folder, or finds it in the cache.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @param {{ uv: Promise<string> }} means The installer.
 * @returns {Promise<import("../finding.mjs").Found<Tuner>>} The optimiser.
 */
export async function tunerStep(context, { uv }) {
  const { cache, extras, log, progress } = context;
  if (!extras.includes("tuner")) {
    return notAskedFor("tuner", "`underlay autotune`");
  }
  const lock = projectFile("tools", "requirements", "tuner.txt");
  const text = readFileSync(lock, "utf8");
  const parent = path.join(cache, "tuner");
  const folder = await cached(parent, keyOf([String(revision), text]), async (building) => {
    progress("tuner", "getting Optuna");
    const packages = path.join(building, "packages");
    await installWheels(await uv, lock, packages, log.raw);
    await remove(path.join(packages, "bin")); // Entry points with the building machine's Python in their first line.
  });
  await prune(parent, 2);
  const directory = path.join(folder, "packages");
  const version = /^optuna==(\S+)/m.exec(text)?.[1] ?? "unknown";
  const found = await allocatorsIn(context);
  const beside = found === null ? ", without allocators of Debian" : `, ${allocators.join(" and ")}`;
  return {
    part: { directory, version, allocators: found },
    status: "ok",
    detail: `Optuna ${version} at ${directory}${beside}`,
  };
}
