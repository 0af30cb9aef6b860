#!/usr/bin/env node
// Writes the shared root as an image for clusters: `node tools/image.mjs FILE`.
import { existsSync } from "node:fs";
import path from "node:path";
import { messageOf } from "./finding.mjs";
import { readPrevious } from "./machine-file.mjs";
import { clusterImageConfig, clusterImageName, writeImageArchive } from "./root/cluster-image.mjs";

/**
 * @param {readonly string[]} words The command line without Node and the program.
 * @returns {Promise<number>} The exit code.
 */
async function main(words) {
  const [file, ...more] = words;
  if (file === undefined || more.length > 0) {
    console.error("Usage: underlay image FILE");
    return 2;
  }
  const root = readPrevious()?.root ?? null;
  if (root === null) {
    console.error("The shared root is not there: run `underlay setup`.");
    return 1;
  }
  const target = path.resolve(file);
  if (existsSync(target)) {
    console.error(`${target} is there already.`);
    return 1;
  }
  const digest = await writeImageArchive(target, root, clusterImageName(root), clusterImageConfig(root));
  console.log(`${target}: ${clusterImageName(root)}, root ${root.digest}, manifest ${digest}`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
