// A Debian file system tree: by mmdebstrap, or from a public image where that is missing.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import path from "node:path";
import { Unavailable } from "../finding.mjs";
import { findCommand } from "../find-command.mjs";
import { attempt, run } from "../run.mjs";
import { baseImage, excluded, included, suite } from "./recipe.mjs";

/**
 * A container engine that really starts containers.
 *
 * @typedef {object} Engine
 * @property {string} command Its program.
 * @property {readonly string[]} globalArguments Before the subcommand.
 * @property {readonly string[]} runArguments After `run`.
 */

/**
 * Makes a tree of Debian packages.
 *
 * @param {string} folder Where; must not exist or be empty.
 * @param {readonly string[]} packages Debian's names.
 * @param {{ isRoot: boolean, engine: () => Promise<Engine>, log: (text: string) => void }} means What there is to do it with.
 * @returns {Promise<string>} How it was made.
 */
export async function makeDebianTree(folder, packages, means) {
  const mmdebstrap = findCommand("mmdebstrap");
  if (mmdebstrap !== null && (means.isRoot || (await mayUnshare()))) {
    await bootstrap(mmdebstrap, folder, packages, { ...means, suite, options: ["--variant=minbase"] });
    return "mmdebstrap";
  }
  await fromImage(await means.engine(), folder, packages, means.log);
  return baseImage;
}

/**
 * Unpacks Debian packages, with all that they depend on, and runs nothing of them.
 *
 * @param {string} folder Where; must not exist or be empty.
 * @param {readonly string[]} packages Debian's names, each with `=VERSION` where only that one will do.
 * @param {{ suite: string, isRoot: boolean, options: readonly string[], log: (text: string) => void }} means Debian's
 *   release, more options of mmdebstrap, and what takes what is printed.
 * @throws {Unavailable} When mmdebstrap is missing or may not run.
 */
export async function unpackPackages(folder, packages, { suite, isRoot, options, log }) {
  const mmdebstrap = findCommand("mmdebstrap");
  if (mmdebstrap === null || !(isRoot || (await mayUnshare()))) {
    throw new Unavailable("mmdebstrap is missing, or may not make namespaces", "Install mmdebstrap.");
  }
  await bootstrap(mmdebstrap, folder, packages, { isRoot, log, suite, options: ["--variant=extract", ...options] });
}

/** Whether mmdebstrap may make a namespace with users of its own: it needs a range of subordinate ids. */
async function mayUnshare() {
  const { username, uid } = userInfo();
  const ranges = existsSync("/etc/subuid") ? readFileSync("/etc/subuid", "utf8").split("\n") : [];
  const mine = ranges.some((line) => [username, String(uid)].includes(line.split(":")[0] ?? ""));
  return mine && findCommand("newuidmap") !== null && (await attempt("unshare", ["--user", "true"])).code === 0;
}

/**
 * @param {string} mmdebstrap Its program.
 * @param {string} folder Where.
 * @param {readonly string[]} packages Debian's names.
 * @param {{ suite: string, isRoot: boolean, options: readonly string[], log: (text: string) => void }} means How.
 */
async function bootstrap(mmdebstrap, folder, packages, { suite, isRoot, options, log }) {
  const args = [
    ...options,
    ...(packages.length === 0 ? [] : [`--include=${packages.join(",")}`]),
    ...excluded.map((glob) => `--dpkgopt=path-exclude=${glob}`),
    ...included.map((glob) => `--dpkgopt=path-include=${glob}`),
    '--aptopt=Acquire::Retries "3"',
    '--aptopt=Acquire::Languages "none"',
  ];
  if (isRoot) {
    await run(mmdebstrap, [...args, "--mode=root", "--format=directory", suite, folder], { timeoutSec: 900, log });
    return;
  }
  // Another user's files would belong to subordinate ids; through an archive they become that user's own.
  const archive = `${folder}.tar`;
  await run(mmdebstrap, [...args, "--mode=unshare", "--format=tar", suite, archive], { timeoutSec: 900, log });
  await unpack(archive, folder, log);
  await run("rm", [archive]);
}

/**
 * @param {string} archive A tar archive.
 * @param {string} folder Where to.
 * @param {(text: string) => void} log Takes complaints.
 */
async function unpack(archive, folder, log) {
  mkdirSync(folder, { recursive: true });
  const args = [
    "--extract",
    "--file",
    archive,
    "--directory",
    folder,
    "--no-same-owner",
    "--exclude=./dev/*",
    "--exclude=dev/*",
  ];
  await run("tar", args, { timeoutSec: 600, log });
}

/**
 * @param {Engine} engine A container engine.
 * @param {string} folder Where.
 * @param {readonly string[]} packages Debian's names.
 * @param {(text: string) => void} log Takes what is printed.
 */
async function fromImage(engine, folder, packages, log) {
  const { command, globalArguments, runArguments } = engine;
  const name = `underlay-setup-${process.pid}-${path.basename(path.dirname(folder))}`;
  const archive = `${folder}.tar`;
  const script = [
    "set -eu",
    "export DEBIAN_FRONTEND=noninteractive",
    "apt-get update",
    'apt-get install --yes --no-install-recommends "$@"',
    "rm -rf /usr/share/man /usr/share/info /usr/share/locale /usr/share/lintian /usr/share/bash-completion",
  ].join("\n");
  const args = [
    ...globalArguments,
    "run",
    "--name",
    name,
    ...runArguments,
    baseImage,
    "sh",
    "-c",
    script,
    "sh",
    ...packages,
  ];
  try {
    await run(command, args, { timeoutSec: 900, log });
    await run(command, [...globalArguments, "export", "--output", archive, name], { timeoutSec: 600, log });
  } catch (error) {
    throw new Unavailable(
      `Debian's base image could not be had by ${command}: ${error instanceof Error ? error.message : String(error)}`,
      "Install mmdebstrap, or let the container engine reach the public registry of images.",
      { cause: error, lasting: false },
    );
  } finally {
    await attempt(command, [...globalArguments, "rm", "--force", name], { log });
  }
  await unpack(archive, folder, log);
  await run("rm", [archive]);
  writeFileSync(path.join(folder, "etc", "machine-id"), "");
}
