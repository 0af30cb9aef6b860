// The folders that set-up works with.
import { homedir } from "node:os";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const repository = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** Folder of everything that can be made again: `$XDG_CACHE_HOME/underlay`. */
export const cacheFolder = cacheIn(process.env["XDG_CACHE_HOME"]);

/**
 * The cache below the folder that a variable names; the specification has empty and relative ones ignored.
 *
 * @param {string | undefined} given `XDG_CACHE_HOME`.
 * @returns {string} Its absolute path.
 */
export function cacheIn(given) {
  return path.join(given !== undefined && path.isAbsolute(given) ? given : path.join(homedir(), ".cache"), "underlay");
}

/** Where set-up writes what it found. */
export const machineFile = path.join(cacheFolder, "machine.json");

/** What set-up did, in full. */
export const logFile = path.join(cacheFolder, "setup.log");

/**
 * A file of the project.
 *
 * @param {string[]} names Folders and file, from the project's folder.
 * @returns {string} Its absolute path.
 */
export function projectFile(...names) {
  return path.join(repository, ...names);
}

/**
 * Where an npm package is installed, as the project sees it.
 *
 * @param {string} name Its name.
 * @returns {string | null} Its folder; null when it is not installed.
 */
export function packageFolder(name) {
  try {
    return path.dirname(createRequire(projectFile("package.json")).resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}
