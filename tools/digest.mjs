// SHA-256 of texts, files and programs' output.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/**
 * SHA-256 over some texts; where one ends and the next begins counts.
 *
 * @param {readonly (string | Buffer)[]} parts The texts.
 * @returns {string} 64 hexadecimal digits.
 */
export function digestOf(parts) {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(`${Buffer.byteLength(part)}\n`);
    hash.update(part);
  }
  return hash.digest("hex");
}

/**
 * SHA-256 over the content of some files.
 *
 * @param {readonly (string | URL)[]} files The files.
 * @returns {string} 64 hexadecimal digits.
 */
export function digestOfFiles(files) {
  return digestOf(files.map((file) => readFileSync(file)));
}

/**
 * A key for a folder of the cache: long enough to be unique, short enough to read.
 *
 * @param {readonly (string | Buffer)[]} parts Everything that what is built depends on.
 * @returns {string} 16 hexadecimal digits.
 */
export function keyOf(parts) {
  return digestOf(parts).slice(0, 16);
}
