// Provider plugins of Pulumi: the engine downloads them by itself; where it cannot, those that are asked for are built.
import { existsSync } from "node:fs";
import path from "node:path";
import { cached, prune } from "../cache.mjs";
import { findGo } from "../go.mjs";
import { buildPlugin, builtVersion, pluginKey, plugins, pluginVersion } from "../plugins/build.mjs";
import { siteHas } from "../pulumi/site.mjs";

/** @typedef {import("../context.mjs").Context} Context */

/**
 * A plugin that was built.
 *
 * @typedef {object} BuiltPlugin
 * @property {string} name Such as `openstack`.
 * @property {string} version Such as `3.15.2`.
 * @property {string} directory Folder of its program, for PATH.
 */

/** Prefix of the words that ask set-up for a plugin, among its extras. */
export const pluginExtra = "plugin-";

/**
 * The plugins that set-up is asked for.
 *
 * @param {readonly string[]} extras All that it is asked for.
 * @returns {string[]} Their names.
 */
export function wantedPlugins(extras) {
  return Object.keys(plugins).filter((name) => extras.includes(`${pluginExtra}${name}`));
}

/**
 * Whether the engine can download a plugin: what is offline is found out in seconds.
 *
 * @param {string} name Its name.
 * @returns {Promise<boolean>} Whether it can.
 */
function canBeDownloaded(name) {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  return siteHas(`releases/plugins/pulumi-resource-${name}-v${pluginVersion(name)}-linux-${arch}.tar.gz`);
}

/**
 * @param {Context} context What set-up knows.
 * @param {string} name A plugin.
 * @returns {Promise<BuiltPlugin | null>} Null when the engine downloads it.
 */
async function builtPlugin({ cache, log, progress }, name) {
  const parent = path.join(cache, `${pluginExtra}${name}`);
  const go = await findGo(
    `the plugin of ${name}`,
    `Put \`pulumi-resource-${name}\` ${pluginVersion(name)} on PATH`,
  ).catch((/** @type {unknown} */ error) => error);
  const key = isGo(go) ? pluginKey(name, go.version) : "none";
  if (!existsSync(path.join(parent, key)) && (await canBeDownloaded(name))) {
    return null;
  }
  if (!isGo(go)) {
    throw go;
  }
  const directory = await cached(parent, key, async (building) => {
    progress("plugins", `building the plugin of ${name} from Go modules, which takes some minutes`);
    await buildPlugin(name, go.command, building, log.raw);
  });
  await prune(parent, 2);
  return { name, version: builtVersion(name), directory };
}

/**
 * @param {unknown} found What looking for Go brought.
 * @returns {found is { command: string, version: string }} Whether it is one.
 */
function isGo(found) {
  return !(found instanceof Error);
}

/**
 * Builds the plugins that are asked for and cannot be downloaded.
 *
 * @param {Context} context What set-up knows.
 * @param {Promise<unknown>} npmPackages Settles when the npm packages are there.
 * @returns {Promise<import("../finding.mjs").Found<BuiltPlugin[]>>} Those that were built.
 */
export async function pluginsStep(context, npmPackages) {
  const wanted = wantedPlugins(context.extras);
  if (wanted.length === 0) {
    const remedy = `Run \`npm run setup -- --plugins ${Object.keys(plugins).join(",")}\` where Pulumi cannot download any.`;
    return { part: [], status: "ok", detail: "none asked for: the engine downloads what a stack needs", remedy };
  }
  await npmPackages;
  /** @type {BuiltPlugin[]} */
  const built = [];
  /** @type {string[]} */
  const said = [];
  for (const name of wanted) {
    const plugin = await builtPlugin(context, name);
    said.push(
      plugin === null ? `${name} is downloaded by the engine` : `${name} ${plugin.version} at ${plugin.directory}`,
    );
    built.push(...(plugin === null ? [] : [plugin]));
  }
  return { part: built, status: "ok", detail: said.join("; ") };
}
