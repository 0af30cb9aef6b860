// Where programs are.
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import path from "node:path";

/** Folders of system programs that are often not on an ordinary user's PATH. */
const systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * Finds a program on PATH, or in the folders of system programs.
 *
 * @param {string} name Its name.
 * @returns {string | null} Its absolute path; null when there is none.
 */
export function findCommand(name) {
  for (const folder of [...(process.env["PATH"] ?? "").split(path.delimiter), ...systemFolders]) {
    const file = path.join(folder, name);
    if (path.isAbsolute(folder) && isExecutable(file)) {
      return file;
    }
  }
  return null;
}

/** @param {string} file A path. */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Tells one installation of a program from the next, cheaper than asking for its version.
 *
 * @param {string} name A name on PATH, or a path.
 * @returns {string} Its path, size and time of change; `NAME: none` when there is none.
 */
export function identityOf(name) {
  const file = path.isAbsolute(name) ? name : findCommand(name);
  try {
    const found = realpathSync(file ?? "");
    const { size, mtimeMs } = statSync(found);
    return `${name}: ${found} ${size} ${mtimeMs}`;
  } catch {
    return `${name}: none`;
  }
}
