// The project's npm packages, exactly as locked.
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { Unavailable } from "../finding.mjs";
import { findCommand } from "../find-command.mjs";
import { packageFolder, projectFile, repository } from "../paths.mjs";
import { CommandError, attempt, run } from "../run.mjs";

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

/**
 * Whether `npm ci` refused a lock only because it has no entry for binaries of other platforms that the registry does
 * not have: npm 11.16 and newer write such locks and refuse them.
 *
 * @param {string} complaint What it printed on standard error.
 * @returns {boolean} Whether `npm install`, held to the lock, is what helps.
 */
export function refusesUnavailable(complaint) {
  const problems = complaint.split("\n").filter((line) => /npm error (?:Missing|Invalid):/.test(line));
  return problems.length > 0 && problems.every((line) => /Missing: \S+@ from lock file/.test(line));
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
 * Refuses a folder of packages that is a link: npm would empty what it leads to, which another checkout may use.
 *
 * @param {string} folder `node_modules`.
 */
export function mustBeOwn(folder) {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    throw new Unavailable(
      `${folder} is a link, and what it leads to is not as package-lock.json asks for`,
      "Remove the link and set up again, or run set-up where the packages are.",
    );
  }
}

/**
 * Installs the packages unless they are there as locked.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @returns {Promise<import("../finding.mjs").Found<true>>} The packages.
 */
export async function npmPackagesStep({ log, progress }) {
  if (npmPackagesMatch()) {
    return { part: true, status: "ok", detail: "installed as locked in package-lock.json" };
  }
  mustBeOwn(projectFile("node_modules"));
  const npm = findCommand("npm");
  if (npm === null) {
    throw new Unavailable("npm is not on PATH", "Install npm, which comes with Node.");
  }
  const options = { cwd: repository, timeoutSec: 900, log: log.raw };
  const flags = ["--include=dev", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=3"];
  const clean = await attempt(npm, ["ci", ...flags], options);
  if (refusesUnavailable(clean.stderr)) {
    progress("npm-packages", "npm ci refuses a lock that leaves out binaries of other platforms: npm install");
    await run(npm, ["install", "--no-save", ...flags], options);
  } else if (clean.code !== 0) {
    throw new CommandError(npm, ["ci"], clean);
  }
  if (!npmPackagesMatch()) {
    throw new Error("npm installed other packages than package-lock.json asks for");
  }
  return { part: true, status: "ok", detail: "installed now, as locked in package-lock.json" };
}
