// uv, which installs everything else in Python: the user's own, or the locked one in an environment of its own.
import path from "node:path";
import { cached, prune } from "../cache.mjs";
import { digestOfFiles } from "../digest.mjs";
import { Unavailable } from "../finding.mjs";
import { findCommand } from "../find-command.mjs";
import { projectFile } from "../paths.mjs";
import { attempt, run } from "../run.mjs";

/** @typedef {import("../context.mjs").Context} Context */

/** The oldest uv that knows every option used here. */
const oldest = [0, 5];

/**
 * Whether a uv is new enough.
 *
 * @param {string} printed What `uv --version` printed.
 * @returns {boolean} Whether it is.
 */
export function isNewEnough(printed) {
  const [, major, minor] = /\b(\d+)\.(\d+)/.exec(printed) ?? [];
  return Number(major) > Number(oldest[0]) || (Number(major) === oldest[0] && Number(minor) >= Number(oldest[1]));
}

/**
 * Finds uv, or installs it.
 *
 * @param {Context} context What set-up knows.
 * @returns {Promise<string>} Its program.
 */
export async function findUv({ cache, isRoot, distribution, log }) {
  const own = findCommand("uv");
  if (own !== null && isNewEnough((await attempt(own, ["--version"])).stdout)) {
    return own;
  }
  const python = findCommand("python3");
  if (python === null) {
    throw new Unavailable("there is neither uv nor python3 on PATH", "Install uv, or Python 3.9 or newer with pip.");
  }
  const lock = projectFile("tools", "requirements", "uv.txt");
  const parent = path.join(cache, "uv");
  const folder = await cached(parent, digestOfFiles([lock]).slice(0, 16), async (building) => {
    const pip = await findPip(python, building, { isRoot, apt: distribution.apt, log: log.raw });
    const args = [
      "install",
      "--require-hashes",
      "--no-deps",
      "--only-binary",
      ":all:",
      "--target",
      building,
      "--requirement",
      lock,
    ];
    await run(pip[0] ?? python, [...pip.slice(1), ...args], {
      timeoutSec: 300,
      log: log.raw,
      env: { PIP_NO_INPUT: "1" },
    });
  });
  await prune(parent, 2);
  return path.join(folder, "bin", "uv");
}

/**
 * A pip: the Python's own, or one in an environment made for it.
 *
 * @param {string} python A Python.
 * @param {string} building Where an environment may be made.
 * @param {{ isRoot: boolean, apt: boolean, log: (text: string) => void }} means How.
 * @returns {Promise<string[]>} Executable and arguments.
 */
async function findPip(python, building, { isRoot, apt, log }) {
  if ((await attempt(python, ["-m", "pip", "--version"])).code === 0) {
    return [python, "-m", "pip"];
  }
  const environment = path.join(building, "pip");
  if (isRoot && apt && (await attempt(python, ["-c", "import ensurepip"])).code !== 0) {
    const args = ["install", "--yes", "--no-install-recommends", "python3-venv"];
    await run("apt-get", args, { timeoutSec: 600, log, env: { DEBIAN_FRONTEND: "noninteractive" } });
  }
  const { code } = await attempt(python, ["-m", "venv", environment], { timeoutSec: 120, log });
  if (code !== 0) {
    throw new Unavailable(
      `${python} has neither pip nor venv`,
      "Install uv, or Python's pip (Debian: `sudo apt-get install python3-venv`).",
    );
  }
  return [path.join(environment, "bin", "python"), "-m", "pip"];
}
