// One folder for everything temporary of a run, gone at its end.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";

/**
 * Makes the folder.
 *
 * @returns {string} An absolute path, short enough for socket names below it.
 */
export function makeTemporary() {
  return mkdtempSync(path.join(tmpdir(), "underlay-test-"));
}

/**
 * Lets tsx find in the folder what it compiled in earlier runs, which it knows by content. It looks for it where temporary
 * files are and takes no other place.
 *
 * @param {string} directory The folder.
 * @param {string} kept A folder that outlives the run.
 */
export function keepCompiled(directory, kept) {
  mkdirSync(kept, { recursive: true });
  symlinkSync(kept, path.join(directory, `tsx-${process.geteuid?.() ?? userInfo().username}`));
}

/**
 * What is mounted below a folder: to remove the folder would remove what is mounted.
 *
 * @param {string} directory The folder.
 * @param {string} mountInfo Text of `/proc/self/mountinfo`.
 * @returns {string[]} Mount points.
 */
export function mountsBelow(directory, mountInfo) {
  return mountInfo
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .map((point) =>
      point.replaceAll(/\\([0-7]{3})/g, (_, /** @type {string} */ octal) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    )
    .filter((point) => point === directory || point.startsWith(`${directory}/`));
}

/**
 * Removes the folder, unless something is still mounted in it.
 *
 * @param {string} directory The folder.
 * @returns {string | null} What a test left mounted; null when the folder is gone.
 */
export function removeTemporary(directory) {
  const mounted = mountsBelow(directory, readFileSync("/proc/self/mountinfo", "utf8"));
  if (mounted.length > 0) {
    return `left mounted: ${mounted.join(", ")}`;
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  return null;
}
