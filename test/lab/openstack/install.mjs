// The lab's packages, all in the cache: Debian's RabbitMQ and MariaDB, unpacked and never installed; OpenStack's services
// in a Python environment; the databases as they are at first.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { unpackArchives } from "../../../tools/apt.mjs";
import { cached, prune } from "../../../tools/cache.mjs";
import { makeContext } from "../../../tools/context.mjs";
import { digestOfFiles, keyOf } from "../../../tools/digest.mjs";
import { Unavailable } from "../../../tools/finding.mjs";
import { findCommand } from "../../../tools/find-command.mjs";
import { cacheFolder } from "../../../tools/paths.mjs";
import { run } from "../../../tools/run.mjs";
import { findUv } from "../../../tools/steps/uv.mjs";

/** @typedef {{ raw: (text: string) => void, say: (text: string) => void, file: string }} Log */

const here = import.meta.dirname;
/** The broker, the database, and what makes the drive that tells a node of bare metal who it is. */
const debianPackages = ["rabbitmq-server", "mariadb-server", "genisoimage"];
const parent = path.join(cacheFolder, "lab-openstack");

/** Grows when the making changes what comes out though no file of the key does. */
const revision = 1;

/** What decides what is installed, and what makes the databases. The drivers lie beside and are taken as they are. */
const sources = ["requirements.txt", "databases"].map((name) => path.join(here, name));

/**
 * Where the lab's packages are, or will be.
 *
 * @returns {string} A folder of the cache, named by its content.
 */
export function packagesFolder() {
  return path.join(
    parent,
    keyOf([String(revision), ...debianPackages, digestOfFiles(sources), process.arch, readFileSync("/etc/os-release")]),
  );
}

/**
 * Why the lab cannot start at once.
 *
 * @returns {string | null} Null when all of it is in the cache.
 */
export function whyCold() {
  return existsSync(packagesFolder())
    ? null
    : "the lab's packages are not in the cache: `npm run lab -- openstack up` gets them, in some minutes";
}

/**
 * The lab's packages, from the cache or fetched now.
 *
 * @param {Log} log Where it is written what is done.
 * @returns {Promise<string>} Their folder.
 * @throws {Unavailable} When this machine cannot have them.
 */
export async function install(log) {
  const key = path.basename(packagesFolder());
  const folder = await cached(parent, key, async (building) => {
    log.say("getting the packages of RabbitMQ and MariaDB");
    await unpackDebian(path.join(building, "debian"), log);
    log.say("getting OpenStack's services");
    await makeEnvironment(path.join(building, "venv"), log);
    log.say("making the databases");
    await makeDatabases(building, log);
  });
  await prune(parent, 1);
  return folder;
}

/**
 * @param {string} tree An empty folder for what they unpack to.
 * @param {Log} log Takes what APT prints.
 */
async function unpackDebian(tree, log) {
  if (findCommand("apt-get") === null || process.getuid?.() !== 0) {
    throw new Unavailable(
      "the lab needs RabbitMQ and MariaDB from Debian's packages, and root to get them",
      "Run it as root on Debian or Ubuntu.",
    );
  }
  const archives = `${tree}-archives`;
  mkdirSync(path.join(archives, "partial"), { recursive: true });
  const options = ["--yes", "--quiet", "--no-install-recommends", "-o", `Dir::Cache::archives=${archives}`];
  await run("apt-get", ["update", "--quiet"], { timeoutSec: 300, log: log.raw });
  // `--download-only` takes what this machine lacks and checks it against the distribution's signatures.
  const args = ["install", "--download-only", ...options, ...debianPackages];
  await run("apt-get", args, { timeoutSec: 600, log: log.raw, env: { DEBIAN_FRONTEND: "noninteractive" } });
  mkdirSync(tree);
  await unpackArchives(archives, tree, log.raw);
  rmSync(path.join(tree, "var"), { recursive: true, force: true });
}

/**
 * @param {string} venv Where the environment is made.
 * @param {Log} log Takes what uv prints.
 */
async function makeEnvironment(venv, log) {
  if (findCommand("gcc") === null) {
    throw new Unavailable(
      "the lab's web server, uwsgi, is compiled, and there is no compiler",
      "Run `sudo apt-get install gcc libc6-dev`.",
    );
  }
  const progress = (/** @type {string} */ _step, /** @type {string} */ text) => log.say(text);
  const context = makeContext({ cache: cacheFolder, development: true, extras: [], force: false, log, progress });
  const uv = await findUv(context);
  const env = { UV_NO_PROGRESS: "1" };
  const options = ["venv", "--no-config", "--relocatable", "--python", "3.11", venv];
  await run(uv, options, { timeoutSec: 300, env, log: log.raw });
  const args = ["pip", "install", "--no-config", "--require-hashes", "--no-deps", "--compile-bytecode"];
  const what = ["--python", path.join(venv, "bin", "python"), "--requirement", path.join(here, "requirements.txt")];
  await run(uv, [...args, ...what], { timeoutSec: 900, env, log: log.raw });
  // Nova looks for drivers nowhere else: `enter` lays the lab's over this.
  writeFileSync(path.join(venv, "lib", "python3.11", "site-packages", "nova", "virt", "underlay_lab.py"), "");
}

/**
 * @param {string} packages The packages' folder.
 * @param {Log} log Takes what the services' own tools print.
 */
async function makeDatabases(packages, log) {
  const state = path.join(packages, "first-state");
  mkdirSync(state);
  const { writeSettings } = await import("./settings.ts");
  writeSettings(state, "nobody-logs-in");
  await run(path.join(here, "enter"), [packages, state, path.join(here, "databases")], {
    timeoutSec: 900,
    log: log.raw,
  });
  renameSync(path.join(state, "mariadb"), path.join(packages, "databases"));
  rmSync(state, { recursive: true });
}
