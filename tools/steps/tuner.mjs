// What the tuner searches with: Optuna, as a folder of packages for the Python that trains.
import { readFileSync } from "node:fs";
import path from "node:path";
import { cached, prune, remove } from "../cache.mjs";
import { keyOf } from "../digest.mjs";
import { notAskedFor } from "../finding.mjs";
import { projectFile } from "../paths.mjs";
import { installWheels } from "../root/wheels.mjs";

/** Grows when the making changes what comes out though no file of the key does. */
const revision = 1;

/**
 * The optimiser.
 *
 * @typedef {object} Tuner
 * @property {string} directory Folder of packages, none of them compiled: any Python from 3.10 on takes them.
 * @property {string} version Of Optuna.
 */

/**
 * Makes the folder, or finds it in the cache.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @param {{ uv: Promise<string> }} means The installer.
 * @returns {Promise<import("../finding.mjs").Found<Tuner>>} The optimiser.
 */
export async function tunerStep({ cache, extras, log, progress }, { uv }) {
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
  return { part: { directory, version }, status: "ok", detail: `Optuna ${version} at ${directory}` };
}
