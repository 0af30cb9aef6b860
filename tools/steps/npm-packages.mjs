// The project's npm packages, exactly as locked.
import { existsSync, readFileSync } from "node:fs";
import { Unavailable } from "../finding.mjs";
import { findCommand } from "../find-command.mjs";
import { packageFolder, projectFile, repository } from "../paths.mjs";
import { run } from "../run.mjs";

/**
 * One package of a lock file.
 *
 * @typedef {object} LockedPackage
 * @property {string} [version] Its version.
 * @property {string} [integrity] Its hash.
 * @property {boolean} [optional] Whether it may be left out, as binaries for other platforms are.
 */

/**
 * A lock file of npm, or its record of what it installed.
 *
 * @typedef {object} Lock
 * @property {Readonly<Record<string, LockedPackage>>} [packages] By folder; "" is the project itself.
 */

/**
 * Whether what npm says it installed is what the lock asks for.
 *
 * @param {Lock} lock `package-lock.json`.
 * @param {Lock} installed `node_modules/.package-lock.json`, which npm writes when it has finished.
 * @returns {boolean} Whether nothing is missing, other or left over.
 */
export function matches(lock, installed) {
  const wanted = Object.entries(lock.packages ?? {}).filter(([folder]) => folder !== "");
  const found = installed.packages ?? {};
  const complete = wanted.every(([folder, { version, integrity, optional }]) => {
    const there = found[folder];
    return there === undefined ? optional === true : there.version === version && there.integrity === integrity;
  });
  return wanted.length > 0 && complete && Object.keys(found).every((folder) => lock.packages?.[folder] !== undefined);
}

/** Whether the project's packages are installed as locked. */
export function npmPackagesMatch() {
  const lock = projectFile("package-lock.json");
  if (!existsSync(lock)) {
    // Inside another project's node_modules there is no lock of ours: npm has installed what it found right.
    return packageFolder("@pulumi/pulumi") !== null;
  }
  try {
    const installed = readFileSync(projectFile("node_modules", ".package-lock.json"), "utf8");
    return matches(parse(readFileSync(lock, "utf8")), parse(installed));
  } catch {
    return false; // Nothing installed yet, or not to the end.
  }
}

/** @param {string} text JSON. */
function parse(text) {
  /** @type {unknown} */
  const lock = JSON.parse(text);
  return /** @type {Lock} */ (lock);
}

/**
 * Installs the packages unless they are there as locked.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @returns {Promise<import("../finding.mjs").Found<true>>} The packages.
 */
export async function npmPackagesStep({ log }) {
  if (npmPackagesMatch()) {
    return { part: true, status: "ok", detail: "installed as locked in package-lock.json" };
  }
  const npm = findCommand("npm");
  if (npm === null) {
    throw new Unavailable("npm is not on PATH", "Install npm, which comes with Node.");
  }
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=3"];
  await run(npm, args, { cwd: repository, timeoutSec: 900, log: log.raw });
  return { part: true, status: "ok", detail: "installed now, as locked in package-lock.json" };
}
