// A small set of real photographs, cropped from those that a Python package ships.
import { copyFileSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { cached, prune, remove } from "../cache.mjs";
import { digestOf, keyOf } from "../digest.mjs";
import { projectFile } from "../paths.mjs";
import { runInside } from "../root/inside.mjs";
import { installWheels } from "../root/wheels.mjs";

/** Photographs in the set. */
const count = 64;

/**
 * The set.
 *
 * @typedef {object} Photographs
 * @property {string} directory Folder of JPEG files, 400×300.
 * @property {string} digest SHA-256 over the files' names and content.
 * @property {number} count How many.
 */

/**
 * Makes the set, or finds it in the cache. The shared root's Python crops it, so that it is the same everywhere.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @param {{ uv: Promise<string>, root: Promise<import("./root.mjs").Root> }} means The installer, and the shared root.
 * @returns {Promise<import("../finding.mjs").Found<Photographs>>} The set.
 */
export async function photographsStep({ cache, isRoot, log }, { uv, root }) {
  const lock = projectFile("tools", "requirements", "photographs.txt");
  const sources = ["crop.py", "NOTICE"].map((name) => projectFile("tools", "photographs", name));
  const parent = path.join(cache, "photographs");
  const key = keyOf([String(count), ...[lock, ...sources].map((file) => readFileSync(file))]);
  const folder = await cached(parent, key, async (building) => {
    const wheels = path.join(building, "wheels");
    await installWheels(await uv, lock, wheels, log.raw);
    const { directory } = await root;
    mkdirSync(path.join(building, "images"));
    copyFileSync(projectFile("tools", "photographs", "crop.py"), path.join(building, "crop.py"));
    const command = ["/usr/bin/env", "PYTHONPATH=/tmp/set/wheels", "/usr/bin/python3", "/tmp/set/crop.py"];
    const args = ["/tmp/set/wheels/skimage", "/tmp/set/images", String(count)];
    await runInside(directory, [...command, ...args], { isRoot, log: log.raw, binds: { "/tmp/set": building } });
    copyFileSync(projectFile("tools", "photographs", "NOTICE"), path.join(building, "NOTICE"));
    await remove(wheels);
    await remove(path.join(building, "crop.py"));
  });
  await prune(parent, 2);
  const directory = path.join(folder, "images");
  const names = readdirSync(directory).sort();
  const digest = `sha256:${digestOf(names.flatMap((name) => [name, readFileSync(path.join(directory, name))]))}`;
  const detail = `${names.length} crops of photographs from the scikit-image package at ${directory}`;
  return { part: { directory, digest, count: names.length }, status: "ok", detail };
}
