// The tree as one stream of bytes, the same for equal trees: what the content digest and the OCI layer are made from.
import { createHash } from "node:crypto";
import { run } from "../run.mjs";
import { epoch } from "./recipe.mjs";

/**
 * Arguments of `tar` that archive a tree, byte for byte the same for equal trees.
 *
 * @param {string} tree The tree.
 * @param {string} [file] Where the archive goes; standard output by default.
 * @returns {string[]} The arguments.
 */
export function archiveArguments(tree, file = "-") {
  const times = [`--mtime=@${epoch}`, "--owner=0", "--group=0", "--numeric-owner"];
  return ["--create", `--file=${file}`, "--format=gnu", "--sort=name", ...times, `--directory=${tree}`, "."];
}

/**
 * Content digest of a tree: SHA-256 of its archive, which is also the diffID of the OCI image's only layer.
 *
 * @param {string} tree The tree.
 * @returns {Promise<string>} `sha256:` and 64 hexadecimal digits.
 */
export async function digestOfTree(tree) {
  const hash = createHash("sha256");
  await run("tar", archiveArguments(tree), { timeoutSec: 600, onData: (chunk) => hash.update(chunk) });
  return `sha256:${hash.digest("hex")}`;
}
