// The tree as an OCI image: one layer, which is the tree's archive, and a configuration that says nothing more.
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { run } from "../run.mjs";
import { archiveArguments } from "./archive.mjs";
import { epoch } from "./recipe.mjs";

const types = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
};

/**
 * Writes an image as an OCI layout that is a Docker archive, too. Equal trees give equal images, digest included.
 *
 * @param {string} folder Where; must be empty.
 * @param {{ directory: string, digest: string }} root The tree and its content digest.
 * @param {string} reference What the image is to be called.
 * @param {object} [config] How its containers are started, as the image specification has it; nothing is said by default.
 * @returns {Promise<string>} Digest of its manifest.
 * @throws {Error} When the tree no longer has its digest.
 */
export async function writeImage(folder, root, reference, config = {}) {
  const blobs = path.join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const layer = path.join(blobs, hexOf(root.digest));
  const found = await writeLayer(root.directory, layer);
  if (found !== root.digest) {
    throw new Error(`${root.directory} was changed: its digest is ${found}, and it was made with ${root.digest}`);
  }
  const created = new Date(epoch * 1000).toISOString();
  const platform = { architecture: process.arch === "x64" ? "amd64" : process.arch, os: "linux" };
  const rootfs = { type: "layers", diff_ids: [root.digest] };
  const configuration = writeBlob(blobs, { created, ...platform, config, rootfs, history: [{ created }] });
  const manifest = writeBlob(blobs, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, ...configuration },
    layers: [{ mediaType: types.layer, digest: root.digest, size: statSync(layer).size }],
  });
  const annotations = { "org.opencontainers.image.ref.name": reference };
  writeJson(folder, "index.json", {
    schemaVersion: 2,
    manifests: [{ mediaType: types.manifest, ...manifest, annotations }],
  });
  writeJson(folder, "oci-layout", { imageLayoutVersion: "1.0.0" });
  const file = (/** @type {string} */ digest) => `blobs/sha256/${hexOf(digest)}`;
  writeJson(folder, "manifest.json", [
    { Config: file(configuration.digest), RepoTags: [reference], Layers: [file(root.digest)] },
  ]);
  return manifest.digest;
}

/** @param {string} digest `sha256:` and hexadecimal digits. */
function hexOf(digest) {
  return digest.slice("sha256:".length);
}

/**
 * @param {string} tree The tree.
 * @param {string} layer Where its archive goes.
 * @returns {Promise<string>} The archive's digest.
 */
async function writeLayer(tree, layer) {
  await run("tar", archiveArguments(tree, layer), { timeoutSec: 600 });
  const hash = createHash("sha256");
  await pipeline(createReadStream(layer), hash);
  return `sha256:${hash.digest("hex")}`;
}

/**
 * @param {string} blobs Where.
 * @param {object} value What.
 */
function writeBlob(blobs, value) {
  const bytes = Buffer.from(JSON.stringify(value));
  const hex = createHash("sha256").update(bytes).digest("hex");
  writeFileSync(path.join(blobs, hex), bytes);
  return { digest: `sha256:${hex}`, size: bytes.length };
}

/**
 * @param {string} folder Where.
 * @param {string} name The file.
 * @param {unknown} value What.
 */
function writeJson(folder, name, value) {
  writeFileSync(path.join(folder, name), JSON.stringify(value));
}
