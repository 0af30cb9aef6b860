// User-Mode Linux: the system's own where it is new enough, else one unpacked from Debian's development release.
import { createHash } from "node:crypto";
import { readFileSync, renameSync } from "node:fs";
import path from "node:path";
import { cached, prune, remove } from "../cache.mjs";
import { keyOf } from "../digest.mjs";
import { messageOf } from "../finding.mjs";
import { findCommand } from "../find-command.mjs";
import { unpackPackages } from "../root/debian-tree.mjs";
import { run } from "../run.mjs";

/**
 * First release whose processes run under a seccomp filter, with the page tables of a whole fault brought up to date at
 * once. Before, each page that a program touches costs a round through ptrace: TensorFlow's import takes four to five
 * times as long as on the host, and since then less than twice.
 */
const swift = [6, 16];

/** The build that was measured. */
const pinned = {
  suite: "sid",
  version: "7.2um1",
  sha256: "cd961b8904037939b6363e5aac36e00e22ec7151f115970898ebf2c7033e07f6",
};

const program = path.join("usr", "bin", "linux.uml");
const moduleFolder = path.join("usr", "lib", "uml", "modules");
/** Modules, in the folder of their release, that guests load: what an overlay network (VXLAN) needs. */
const modules = [
  "kernel/drivers/net/vxlan/vxlan.ko",
  "kernel/net/ipv4/udp_tunnel.ko",
  "kernel/net/ipv6/ip6_udp_tunnel.ko",
];
const onlyModules = [
  `--dpkgopt=path-exclude=/${moduleFolder}/*/*`,
  ...modules.map((module) => `--dpkgopt=path-include=/${moduleFolder}/*/${module}`),
];

/**
 * @typedef {object} UserModeLinux
 * @property {string} command The kernel, as a program.
 * @property {string | null} slow Why it is not a swift one; null when it is.
 */

/**
 * Finds a kernel, or gets one.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @returns {Promise<UserModeLinux | null>} Null when there is none.
 */
export async function findUserModeLinux(context) {
  const own = findCommand("linux.uml");
  const release = own === null ? "" : (await run(own, ["--version"], { timeoutSec: 10 })).trim();
  if (own !== null && isSwift(release)) {
    return { command: own, slow: null };
  }
  try {
    return { command: await unpacked(context), slow: null };
  } catch (error) {
    context.log.raw(`user-mode-linux: ${error instanceof Error ? (error.stack ?? "") : String(error)}\n`);
    return own === null
      ? null
      : { command: own, slow: `a newer kernel than ${release} could not be had: ${messageOf(error)}` };
  }
}

/**
 * Whether a release is new enough.
 *
 * @param {string} release Such as `6.12.101`.
 * @returns {boolean} Whether it is.
 */
export function isSwift(release) {
  const [major = 0, minor = 0] = release.split(".").map(Number);
  return major > (swift[0] ?? 0) || (major === swift[0] && minor >= (swift[1] ?? 0));
}

/**
 * The kernel of the cache, with the C library that it was built for. Its modules lie beside it, as `modules/RELEASE`.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @returns {Promise<string>} The program.
 */
async function unpacked({ cache, isRoot, log, progress }) {
  const parent = path.join(cache, "user-mode-linux");
  const key = keyOf([pinned.suite, pinned.version, pinned.sha256, ...modules]);
  const folder = await cached(parent, key, async (building) => {
    progress("guest-kernel", "getting a newer User-Mode Linux");
    const tree = path.join(building, "tree");
    await unpack(tree, { isRoot, log: log.raw });
    const library = path.join(tree, "usr", "lib", "x86_64-linux-gnu");
    renameSync(path.join(tree, program), path.join(building, "linux.uml"));
    renameSync(library, path.join(building, "lib"));
    renameSync(path.join(tree, moduleFolder), path.join(building, "modules"));
    await remove(tree);
    const inPlace = path.join(parent, key, "lib");
    const loader = path.join(inPlace, "ld-linux-x86-64.so.2");
    await run("patchelf", ["--set-interpreter", loader, "--set-rpath", inPlace, path.join(building, "linux.uml")]);
  });
  await prune(parent, 2);
  const command = path.join(folder, "linux.uml");
  const release = (await run(command, ["--version"], { timeoutSec: 10 })).trim();
  if (!isSwift(release)) {
    throw new Error(`Debian ${pinned.suite} has ${release}`);
  }
  return command;
}

/**
 * The build that was measured, or, once Debian has gone on to a newer one, that.
 *
 * @param {string} tree Where to.
 * @param {{ isRoot: boolean, log: (text: string) => void }} means How.
 * @throws {Error} When the build that was measured is another one now.
 */
async function unpack(tree, { isRoot, log }) {
  const { suite, version } = pinned;
  try {
    // What is checked by its hash needs no index of this week.
    const options = [...onlyModules, '--aptopt=Acquire::Check-Valid-Until "false"'];
    await unpackPackages(tree, [`user-mode-linux=${version}`], { suite, isRoot, options, log });
  } catch (error) {
    log(`user-mode-linux ${version}: ${messageOf(error)}\n`);
    await remove(tree);
    await unpackPackages(tree, ["user-mode-linux"], { suite, isRoot, options: onlyModules, log });
    return;
  }
  const found = createHash("sha256")
    .update(readFileSync(path.join(tree, program)))
    .digest("hex");
  if (found !== pinned.sha256) {
    throw new Error(`linux.uml of user-mode-linux ${version} has SHA-256 ${found}, not ${pinned.sha256}`);
  }
}
