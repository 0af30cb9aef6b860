// Which Linux this is.
import { readFileSync } from "node:fs";

/**
 * A Linux distribution.
 *
 * @typedef {object} Distribution
 * @property {string} id Such as `debian`, `ubuntu`, `fedora`.
 * @property {string} name Its name for people.
 * @property {boolean} apt Whether its packages are Debian's or Ubuntu's.
 */

/**
 * Reads `/etc/os-release`.
 *
 * @param {string} text Its content.
 * @returns {Distribution} What it says.
 */
export function parseOsRelease(text) {
  const fields = new Map(
    text
      .split("\n")
      .map((line) => /^(\w+)=(?:"(.*)"|(.*))$/.exec(line.trim()))
      .filter((match) => match !== null)
      .map(([, key, quoted, bare]) => /** @type {const} */ ([key, quoted ?? bare ?? ""])),
  );
  const id = fields.get("ID") ?? "linux";
  const family = [id, ...(fields.get("ID_LIKE") ?? "").split(" ")];
  return { id, name: fields.get("PRETTY_NAME") ?? id, apt: family.includes("debian") || family.includes("ubuntu") };
}

/**
 * This machine's distribution.
 *
 * @returns {Distribution} What `/etc/os-release` says; an unknown Linux without that file.
 */
export function distribution() {
  try {
    return parseOsRelease(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return { id: "linux", name: "an unknown Linux", apt: false };
  }
}
