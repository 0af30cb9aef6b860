// System packages of Debian and Ubuntu: which are missing, and getting them.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { attempt, run } from "./run.mjs";

/**
 * What the machine has, as far as system packages go.
 *
 * @typedef {object} Presence
 * @property {(command: string) => boolean} has Whether a program is there.
 * @property {(file: string) => boolean} exists Whether a file is there.
 * @property {boolean} kvm Whether /dev/kvm can be opened.
 * @property {boolean} root Whether this is root: rootless containers need more.
 * @property {string} distribution Id of the distribution.
 * @property {boolean} development Whether the development tools are wanted.
 * @property {string} architecture `x64` or `arm64`.
 */

/**
 * A program and the package that brings it.
 *
 * @typedef {object} Need
 * @property {string} command A program, or a file when it starts with a slash.
 * @property {string} package Debian's name.
 * @property {(presence: Presence) => boolean} [when] Whether it is needed at all; always by default.
 */

/** @type {readonly Need[]} */
const needs = [
  {
    command: "podman",
    package: "podman",
    when: (machine) => !machine.has("docker") || !machine.exists("/var/run/docker.sock"),
  },
  { command: "conmon", package: "conmon", when: (machine) => machine.has("podman") || needsPodman(machine) },
  { command: "runc", package: "runc" },
  { command: "newuidmap", package: "uidmap", when: (machine) => !machine.root },
  { command: "fuse-overlayfs", package: "fuse-overlayfs", when: (machine) => !machine.root },
  { command: "slirp4netns", package: "slirp4netns", when: (machine) => !machine.root },
  { command: "linux.uml", package: "user-mode-linux", when: (machine) => machine.architecture === "x64" },
  { command: "patchelf", package: "patchelf", when: (machine) => machine.architecture === "x64" },
  { command: "mmdebstrap", package: "mmdebstrap" },
  {
    command: "/usr/share/keyrings/debian-archive-keyring.gpg",
    package: "debian-archive-keyring",
    when: (machine) => machine.distribution !== "debian",
  },
  { command: "bwrap", package: "bubblewrap" },
  { command: "mke2fs", package: "e2fsprogs" },
  { command: "tar", package: "tar" },
  { command: "ip", package: "iproute2" },
  { command: "ssh", package: "openssh-client" },
  { command: "unshare", package: "util-linux" },
  { command: "python3", package: "python3" },
  { command: "qemu-system-x86_64", package: "qemu-system-x86", when: needsQemu },
  { command: "qemu-system-aarch64", package: "qemu-system-arm", when: (machine) => machine.architecture === "arm64" },
  {
    command: "chromium",
    package: "chromium",
    when: (machine) => machine.development && machine.distribution !== "ubuntu" && !machine.has("google-chrome"),
  },
];

/** @param {Presence} machine What the machine has. */
function needsPodman(machine) {
  return !machine.has("podman") && !(machine.has("docker") && machine.exists("/var/run/docker.sock"));
}

/**
 * QEMU is for KVM. Without KVM, User-Mode Linux is the guest, and QEMU only where that is not to be had.
 *
 * @param {Presence} machine What the machine has.
 */
function needsQemu(machine) {
  return machine.architecture === "x64" && machine.kvm;
}

/**
 * The packages that bring what a machine lacks.
 *
 * @param {Presence} machine What it has.
 * @returns {string[]} Debian's names, sorted; empty when nothing is missing.
 */
export function missingPackages(machine) {
  const missing = needs
    .filter(({ when }) => when === undefined || when(machine))
    .filter(({ command }) => !(command.startsWith("/") ? machine.exists(command) : machine.has(command)))
    .map((need) => need.package);
  return [...new Set(missing)].sort();
}

/**
 * The command that installs packages, as a person would type it.
 *
 * @param {readonly string[]} packages Debian's names.
 * @returns {string} One line.
 */
export function installCommand(packages) {
  return `sudo apt-get update && sudo apt-get install --no-install-recommends ${packages.join(" ")}`;
}

/**
 * The packages that APT's policy listing has a version of.
 *
 * @param {string} policy What `apt-cache policy NAME...` printed.
 * @returns {string[]} Their names.
 */
export function installable(policy) {
  return policy
    .split(/\n(?=\S)/)
    .filter((block) => /^ {2}Candidate: (?!\(none\))/m.test(block))
    .map((block) => block.slice(0, block.indexOf(":")))
    .map((name) => name.trim());
}

/**
 * Installs packages; only root may.
 *
 * @param {readonly string[]} packages Debian's names.
 * @param {(text: string) => void} log Takes what APT prints.
 * @returns {Promise<string[]>} Those that this distribution does not have.
 * @throws {import("./run.mjs").CommandError} When APT fails.
 */
export async function install(packages, log) {
  const apt = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3", "--quiet", "--yes"];
  const env = { DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_MODE: "l" };
  // One broken source of someone else's must not end this: what matters is whether the packages are found.
  await attempt("apt-get", [...apt, "update"], { timeoutSec: 300, env, log });
  const found = installable(await run("apt-cache", ["policy", ...packages], { env, log }));
  const wanted = packages.filter((name) => found.includes(name));
  if (wanted.length > 0) {
    const args = [...apt, "install", "--no-install-recommends", ...wanted];
    await run("apt-get", args, { timeoutSec: 1200, env, log });
  }
  return packages.filter((name) => !found.includes(name));
}

/**
 * Whether a file is there; part of what {@link missingPackages} asks.
 *
 * @param {string} file An absolute path.
 * @returns {boolean} Whether it is.
 */
export function fileExists(file) {
  return existsSync(file);
}

/**
 * Gets packages and unpacks them, without installing anything.
 *
 * @param {string} building A folder; `tree` below it is what they hold.
 * @param {readonly string[]} packages Debian's names, with or without `=VERSION`; APT checks their hashes.
 * @param {(text: string) => void} log Takes what is printed.
 * @throws {import("./run.mjs").CommandError} When APT fails.
 */
export async function unpackPackages(building, packages, log) {
  const archives = path.join(building, "archives");
  mkdirSync(archives);
  // As root, APT would hand over to a user who may not write here.
  const options = ["-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3"];
  await run("apt-get", [...options, "download", ...packages], { cwd: archives, timeoutSec: 300, log });
  await unpackArchives(archives, path.join(building, "tree"), log);
}

/**
 * Unpacks archives of Debian, and removes them: nothing is installed, so that no script and no service of theirs starts.
 * All is in `usr`, to be laid over that of the system.
 *
 * @param {string} archives Folder that holds them, and goes.
 * @param {string} tree Folder that they are unpacked into.
 * @param {(text: string) => void} log Takes what dpkg prints.
 */
export async function unpackArchives(archives, tree, log) {
  for (const name of readdirSync(archives).filter((file) => file.endsWith(".deb"))) {
    await run("dpkg-deb", ["--extract", path.join(archives, name), tree], { timeoutSec: 120, log });
  }
  rmSync(archives, { recursive: true });
  // Some packages still have libraries outside /usr, where the system has a link.
  const outside = path.join(tree, "lib");
  if (existsSync(outside)) {
    cpSync(outside, path.join(tree, "usr", "lib"), { recursive: true, verbatimSymlinks: true });
    rmSync(outside, { recursive: true });
  }
}
