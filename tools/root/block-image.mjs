// The tree as a block image: an ext4 file system in a file, made without mounting anything.
import { run } from "../run.mjs";
import { epoch } from "./recipe.mjs";

/** Bytes of an ext4 block. */
const blockBytes = 4096;
/** Free room in the file system: a guest writes to a scratch layer over it, and needs blocks to write to. */
const roomBytes = 1024 ** 3;

/**
 * Size of an ext4 image that holds some files.
 *
 * @param {number} bytes What they take on disk.
 * @param {number} files How many, folders included.
 * @returns {{ bytes: number, inodes: number }} Size of the image, a whole number of MiB, and its number of inodes.
 */
export function imageSize(bytes, files) {
  const inodes = files + 65_536;
  const needed = bytes * 1.02 + inodes * 256 + roomBytes;
  return { bytes: Math.ceil(needed / 1024 ** 2) * 1024 ** 2, inodes };
}

/**
 * Makes a block image of a tree. Equal trees give images of equal content; the order of blocks in them may differ.
 *
 * @param {string} tree The tree.
 * @param {string} image Where the image goes.
 * @param {boolean} isRoot Otherwise owners are mapped to root by a namespace.
 */
export async function makeBlockImage(tree, image, isRoot) {
  const used = Number((await run("du", ["--summarize", "--block-size=1", tree], { timeoutSec: 120 })).split("\t")[0]);
  let files = 0;
  await run("find", [tree, "-printf", "."], { timeoutSec: 120, onData: (chunk) => (files += chunk.length) });
  const size = imageSize(used, files);
  const identity = "6f1d6c2a-5d5b-4f0e-8c39-1b6a5c0e7a11";
  const args = [
    ...["-q", "-F", "-t", "ext4", "-b", String(blockBytes), "-m", "0", "-N", String(size.inodes)],
    ...["-O", "^has_journal,^resize_inode", "-U", identity, "-L", "underlay-root"],
    ...["-E", `hash_seed=${identity},root_owner=0:0,lazy_itable_init=0`],
    ...["-d", tree, image, `${size.bytes / 1024}k`],
  ];
  const env = { E2FSPROGS_FAKE_TIME: String(epoch), SOURCE_DATE_EPOCH: String(epoch) };
  const mapped = ["--user", "--map-root-user", "mke2fs", ...args];
  await (isRoot ? run("mke2fs", args, { timeoutSec: 600, env }) : run("unshare", mapped, { timeoutSec: 600, env }));
}
