// Locked wheels, installed into a folder for a Python that need not be this machine's.
import path from "node:path";
import { run } from "../run.mjs";
import { pythonVersion } from "./recipe.mjs";

/** Machines as wheels name them, by Node's name of the architecture. */
const machines = /** @type {Readonly<Record<string, string>>} */ ({ x64: "x86_64", arm64: "aarch64" });

/**
 * The platform of wheels for this architecture.
 *
 * @param {string} glibc Version of the oldest C library that they run on.
 * @returns {string} As uv names it.
 */
function platformOf(glibc) {
  const machine = machines[process.arch];
  return machine === undefined ? "linux" : `${machine}-manylinux_${glibc.replace(".", "_")}`;
}

/**
 * Installs a lock's wheels into a folder.
 *
 * @param {string} uv The installer.
 * @param {string} lock A lock file with hashes.
 * @param {string} folder Where the packages go.
 * @param {(text: string) => void} log Takes what is printed.
 * @param {string} [glibc] Version of the oldest C library that they have to run on.
 */
export async function installWheels(uv, lock, folder, log, glibc = "2.28") {
  const args = [
    ...["pip", "install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-config"],
    ...["--python-version", pythonVersion, "--python-platform", platformOf(glibc)],
    ...["--target", folder, "--link-mode", "hardlink", "--requirement", lock],
  ];
  // The wheels are unpacked once, into a cache on the same file system that goes when they are in place.
  const cache = path.join(path.dirname(folder), ".uv-cache");
  const env = { UV_CACHE_DIR: cache, UV_NO_PROGRESS: "1", UV_HTTP_TIMEOUT: "120" };
  try {
    await run(uv, args, { timeoutSec: 1200, env, log });
  } finally {
    await run("rm", ["-rf", cache], { timeoutSec: 120 });
  }
}
