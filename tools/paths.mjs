// The folders that set-up works with.
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const repository = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** Folder of everything that can be made again: `$XDG_CACHE_HOME/underlay`. */
export const cacheFolder = path.join(process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "underlay");

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
