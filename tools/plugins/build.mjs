// Builds provider plugins of Pulumi from Go modules, for machines that cannot download them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { keyOf } from "../digest.mjs";
import { goBuild } from "../go.mjs";
import { packageFolder, projectFile } from "../paths.mjs";
import { run } from "../run.mjs";
import { kubernetesLacks } from "./kubernetes.mjs";
import { askedFor, differences } from "./openstack.mjs";

/**
 * A plugin that can be built here.
 *
 * @typedef {object} Plugin
 * @property {string} npmPackage The package whose programs need it.
 * @property {string} [built] Version that is built; that of the package by default.
 * @property {(folder: string, go: string, log: (text: string) => void) => Promise<void>} [beside] Puts what the program
 *   reads into its folder.
 * @property {(program: string, log: (text: string) => void) => Promise<void>} check Rejects when the plugin is not what the
 *   package asks for.
 */

/** By name: `--plugins` takes these. @type {Readonly<Record<string, Plugin>>} */
export const plugins = {
  openstack: { npmPackage: "@pulumi/openstack", check: checkOpenstack },
  // Releases after this one are no Go modules that the checksum database knows.
  kubernetes: { npmPackage: "@pulumi/kubernetes", built: "4.18.1", beside: copySchema, check: checkKubernetes },
};

/** @typedef {import("./openstack.mjs").Shape} Shape */

/**
 * @param {string} program The plugin.
 * @param {(text: string) => void} log Takes what it prints.
 */
async function checkOpenstack(program, log) {
  const described = await run(program, ["--describe"], { timeoutSec: 60 });
  const given = new Map(
    Object.entries(/** @type {Record<string, Shape>} */ (/** @type {unknown} */ (JSON.parse(described)))),
  );
  const asked = askedFor(installed("@pulumi/openstack").folder);
  const lines = differences(asked, given);
  log(`${asked.size} tokens asked for, ${given.size} given; ${lines.length} differences\n${lines.join("\n")}\n`);
  if (asked.size === 0 || lines.length > 0) {
    throw new Error(
      `the plugin differs from @pulumi/openstack in ${lines.length} places: ${lines.slice(0, 3).join("; ")}`,
    );
  }
}

/**
 * @param {string} folder The plugin's.
 * @param {string} go Go's program.
 * @param {(text: string) => void} log Takes what Go prints.
 */
async function copySchema(folder, go, log) {
  const module = projectFile("tools", "plugins", "kubernetes");
  const name = "github.com/pulumi/pulumi-kubernetes/provider/v4";
  const env = { GOTOOLCHAIN: "auto", GOFLAGS: "", GOWORK: "off" };
  const args = ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", name];
  const sources = path.join(
    (await run(go, args, { cwd: module, env, log })).trim(),
    "cmd",
    "pulumi-resource-kubernetes",
  );
  for (const file of ["schema.json", "terraform-mapping.json"]) {
    writeFileSync(path.join(folder, file), readFileSync(path.join(sources, file)));
  }
}

/**
 * @param {string} program The plugin.
 * @param {(text: string) => void} log Takes what it prints.
 */
async function checkKubernetes(program, log) {
  const schema = path.join(path.dirname(program), "schema.json");
  const lines = kubernetesLacks(installed("@pulumi/kubernetes").folder, schema);
  log(`${lines.length} differences\n${lines.join("\n")}\n`);
  if (lines.length > 0) {
    throw new Error(`the plugin lacks what components use: ${lines.slice(0, 3).join("; ")}`);
  }
}

/** @param {string} npmPackage Name of a package that is installed. */
function installed(npmPackage) {
  const folder = packageFolder(npmPackage);
  if (folder === null) {
    throw new Error(`${npmPackage} is not installed: run set-up, which does it.`);
  }
  const { version } = /** @type {{ version: string }} */ (
    /** @type {unknown} */ (JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")))
  );
  return { folder, version: version.replace(/^v/, "") };
}

/**
 * The version of a plugin that the installed npm package asks for.
 *
 * @param {string} name Of the plugin.
 * @returns {string} Such as `3.15.2`.
 */
export function pluginVersion(name) {
  return installed(pluginNamed(name).npmPackage).version;
}

/** @param {string} name Of a plugin. */
function pluginNamed(name) {
  const plugin = plugins[name];
  if (plugin === undefined) {
    throw new TypeError(`There is no plugin "${name}" to build, only ${Object.keys(plugins).join(", ")}.`);
  }
  return plugin;
}

/**
 * The version of a plugin that is built where it cannot be downloaded.
 *
 * @param {string} name Of the plugin.
 * @returns {string} Such as `4.18.1`.
 */
export function builtVersion(name) {
  return pluginNamed(name).built ?? pluginVersion(name);
}

/**
 * Key of a plugin in the cache: the Go that builds it, its sources and locks, what it is checked against, and the check.
 *
 * @param {string} name Of the plugin.
 * @param {string} goVersion What `go version` printed.
 * @returns {string} 16 hexadecimal digits.
 */
export function pluginKey(name, goVersion) {
  const folder = projectFile("tools", "plugins", name);
  const sources = readdirSync(folder)
    .sort()
    .map((file) => path.join(folder, file));
  const checks = ["build.mjs", `${name}.mjs`].map((file) => projectFile("tools", "plugins", file));
  return keyOf([goVersion, pluginVersion(name), ...[...sources, ...checks].map((file) => readFileSync(file))]);
}

/**
 * Builds a plugin and checks it.
 *
 * @param {string} name Its name.
 * @param {string} go Go's program.
 * @param {string} folder Where it goes.
 * @param {(text: string) => void} log Takes what Go and the check print.
 * @throws {Error} When it differs from what the npm package asks for.
 */
export async function buildPlugin(name, go, folder, log) {
  const output = path.join(folder, `pulumi-resource-${name}`);
  const linkerFlags = `-s -w -X main.version=${builtVersion(name)}`;
  await goBuild(go, { module: projectFile("tools", "plugins", name), source: ".", linkerFlags, output }, log);
  await pluginNamed(name).beside?.(folder, go, log);
  await pluginNamed(name).check(output, log);
}
