// The shared root as an image for clusters: one archive, which registries and containerd take.
import { rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { run } from "../run.mjs";
import { writeImage } from "./oci-image.mjs";

/** @typedef {{ directory: string, digest: string }} Tree */

/**
 * Name of the image of a root.
 *
 * @param {Tree} root The root.
 * @returns {string} With a tag that its content decides.
 */
export function clusterImageName(root) {
  return `underlay.lab/root:${root.digest.slice("sha256:".length, "sha256:".length + 12)}`;
}

/**
 * How containers of the root are started: they can tell which root it is.
 *
 * @param {Tree} root The root.
 * @returns {object} As the image specification has it.
 */
export function clusterImageConfig(root) {
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  return { Env: [`PATH=${path}`, `UNDERLAY_ROOT=${root.digest}`] };
}

/**
 * Writes an image as one archive: an OCI layout that is a Docker archive, too.
 *
 * @param {string} file Where; the folder `FILE.work` is used meanwhile.
 * @param {Tree} tree What is in it.
 * @param {string} reference What it is to be called.
 * @param {object} config How its containers are started.
 * @returns {Promise<string>} Digest of its manifest.
 */
export async function writeImageArchive(file, tree, reference, config) {
  const folder = `${file}.work`;
  await mkdir(folder);
  try {
    const digest = await writeImage(folder, tree, reference, config);
    await run("tar", ["--create", `--file=${file}`, `--directory=${folder}`, "."], { timeoutSec: 600 });
    return digest;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
