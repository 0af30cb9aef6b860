// Programs that a killed set-up left running.
import { readdirSync, readFileSync } from "node:fs";
import { ownerVariable } from "./run.mjs";

/**
 * Ends what a killed set-up of the same cache folder left running. Only its new owner may call this, before it starts
 * programs of its own.
 *
 * @param {string} cache The cache folder.
 * @returns {number[]} The process ids ended.
 */
export function endOrphans(cache) {
  const mark = `${ownerVariable}=${cache}`;
  const orphans = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => environmentOf(name).includes(mark))
    .map(Number);
  for (const pid of orphans) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has just ended by itself.
    }
  }
  return orphans;
}

/** @param {string} pid A process. */
function environmentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return []; // It has ended, or belongs to someone else.
  }
}
