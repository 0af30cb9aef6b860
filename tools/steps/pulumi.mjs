// The Pulumi CLI with its Node language host: the user's own, the official download, or built from Go modules.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { buildKey, buildPulumi, builtVersion } from "../pulumi/build.mjs";
import { siteHas } from "../pulumi/site.mjs";
import { cached, prune } from "../cache.mjs";
import { messageOf } from "../finding.mjs";
import { findCommand } from "../find-command.mjs";
import { findGo } from "../go.mjs";
import { packageFolder, projectFile, repository } from "../paths.mjs";
import { attempt, run } from "../run.mjs";

/** @typedef {import("../context.mjs").Context} Context */

/**
 * The Pulumi CLI.
 *
 * @typedef {object} Pulumi
 * @property {string} command Its program.
 * @property {string} version Its version, such as `3.220.0`.
 * @property {string[]} path Folders of the cache to put before PATH, with the launchers of whoever calls it:
 *   `enginePath` of `launchers.mjs`.
 */

/** @typedef {Pick<Pulumi, "command" | "version">} Cli */

/** The oldest CLI that the npm packages were tried with. */
const oldest = "3.220.0";
const languageHost = "pulumi-language-nodejs";

/**
 * Whether a version is another or newer.
 *
 * @param {string} version Such as `3.248.0`.
 * @param {string} than Such as `3.220.0`.
 * @returns {boolean} Whether it is.
 */
export function atLeast(version, than) {
  const parts = version.split(".").map(Number);
  for (const [index, wanted] of than.split(".").map(Number).entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) {
      return part > wanted;
    }
  }
  return true;
}

/** @param {string} command A CLI. */
async function versionOf(command) {
  const { stdout } = await attempt(command, ["version"], { timeoutSec: 20, env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
  return /^v?(\d+\.\d+\.\d+)/.exec(stdout.trim())?.[1] ?? null;
}

/** The user's own CLI, when it is new enough and complete. */
async function onPath() {
  const command = findCommand("pulumi");
  const version = command === null ? null : await versionOf(command);
  const complete =
    command !== null &&
    (existsSync(path.join(path.dirname(command), languageHost)) || findCommand(languageHost) !== null);
  return command !== null && version !== null && complete && atLeast(version, oldest) ? { command, version } : null;
}

/** The Go that builds the CLI. */
function goForPulumi() {
  return findGo("the Pulumi CLI", "Install the Pulumi CLI 3.220.0 or newer so that `pulumi` is on PATH");
}

/** Version of the SDK's npm package: the CLI of that version fits it best. */
function sdkVersion() {
  const file = path.join(packageFolder("@pulumi/pulumi") ?? "", "package.json");
  const { version } = /** @type {{ version: string }} */ (
    /** @type {unknown} */ (JSON.parse(readFileSync(file, "utf8")))
  );
  return version;
}

/**
 * @param {Context} context What set-up knows.
 * @param {Promise<unknown>} npmPackages Settles when the npm packages are there.
 * @returns {Promise<Cli | null>} Null when it cannot be had.
 */
async function downloaded({ cache, log, progress }, npmPackages) {
  const parent = path.join(cache, "pulumi");
  if (!(await siteHas("install.sh"))) {
    progress("pulumi", "its makers' site does not answer");
    return null;
  }
  await npmPackages;
  const wanted = sdkVersion();
  try {
    const folder = await cached(parent, `download-${wanted}`, async (building) => {
      const script = projectFile("tools", "pulumi", "download.mjs");
      await run(process.execPath, [script, building], { cwd: repository, timeoutSec: 420, log: log.raw });
    });
    const command = path.join(folder, "bin", "pulumi");
    const version = await versionOf(command);
    return version === null ? null : { command, version };
  } catch (error) {
    progress("pulumi", `the download failed: ${messageOf(error)}`);
    return null;
  }
}

/**
 * @param {Context} context What set-up knows.
 * @returns {Promise<Cli>} The CLI.
 */
async function built({ cache, log, progress }) {
  const go = await goForPulumi();
  const folder = await cached(path.join(cache, "pulumi"), `build-${buildKey(go.version)}`, async (building) => {
    progress("pulumi", `building ${builtVersion} from Go modules, which takes some minutes`);
    mkdirSync(path.join(building, "bin"));
    await buildPulumi(go.command, path.join(building, "bin"), log.raw);
  });
  const command = path.join(folder, "bin", "pulumi");
  const version = await versionOf(command);
  if (version === null) {
    throw new Error(`${command} was built and does not tell its version`);
  }
  return { command, version };
}

/**
 * Finds or gets the Pulumi CLI.
 *
 * @param {Context} context What set-up knows.
 * @param {Promise<unknown>} npmPackages Settles when the npm packages are there.
 * @returns {Promise<import("../finding.mjs").Found<Pulumi>>} The CLI.
 */
export async function pulumiStep(context, npmPackages) {
  const { command, version } =
    (await onPath()) ??
    (await fromCache(context)) ??
    (await downloaded(context, npmPackages)) ??
    (await built(context));
  await prune(path.join(context.cache, "pulumi"), 2);
  const part = { command, version, path: [path.dirname(command)] };
  return { part, status: "ok", detail: `${version} at ${command}` };
}

/**
 * What an earlier set-up built: the network is not asked again.
 *
 * @param {Context} context What set-up knows.
 * @returns {Promise<Cli | null>} Null when it built nothing that still fits.
 */
async function fromCache({ cache }) {
  const go = findCommand("go") === null ? null : await goForPulumi().catch(() => null);
  const command = go === null ? "" : path.join(cache, "pulumi", `build-${buildKey(go.version)}`, "bin", "pulumi");
  const version = existsSync(command) ? await versionOf(command) : null;
  return version === null ? null : { command, version };
}
