import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { cached, prune } from "./cache.mjs";
import { keyOf } from "./digest.mjs";
import { cacheFolder } from "./paths.mjs";

/** Bundles of earlier sources that are kept: those of a few checkouts, each with a handful of entries. */
const kept = 32;

/**
 * Loads a module of the project: its TypeScript source in the repository, its compiled twin in the package.
 *
 * A source is bundled with all of ours that it imports each time, in some 30 ms: the engine starts two processes for
 * every preview, and a loader that looks at one file after the other takes a second more in each.
 *
 * @param {string} name of the module from the project's folder, without its ending
 * @returns {Promise<Record<string, unknown>>} the module
 */
export async function load(name) {
  const source = new URL(`../${name}.ts`, import.meta.url);
  if (!existsSync(source)) {
    return import(new URL(`../dist/${name}.js`, import.meta.url).href);
  }
  process.setSourceMapsEnabled(true);
  const folder = await keep(await bundle(fileURLToPath(source)));
  return import(pathToFileURL(path.join(folder, `${path.basename(name)}.mjs`)).href);
}

/**
 * @typedef {object} File
 * @property {string} path Its absolute path.
 * @property {string} text Its content.
 */

/**
 * @param {string} source An absolute path.
 * @returns {Promise<readonly File[]>} The module and all of ours that it imports, as JavaScript: one file for it, and
 *   one for whatever it imports later. Packages stay where they are.
 */
async function bundle(source) {
  const { build, stop } = await import("esbuild");
  const folder = path.dirname(source);
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    splitting: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "inline",
    sourcesContent: false,
    sourceRoot: `${pathToFileURL(folder).href}/`,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    logLevel: "silent",
    plugins: [packagesInPlace, modulesInPlace],
  });
  await stop();
  return outputFiles;
}

/**
 * Packages are imported by their path: the bundle does not lie beside them.
 *
 * @type {import("esbuild").Plugin}
 */
const packagesInPlace = {
  name: "packages-in-place",
  setup: (build) => {
    build.onResolve({ filter: /^[^./]/ }, ({ path: specifier, kind }) =>
      kind === "entry-point" || specifier.startsWith("node:")
        ? null
        : { path: import.meta.resolve(specifier), external: true },
    );
  },
};

/**
 * A module finds the files beside it where it is in the repository.
 *
 * @type {import("esbuild").Plugin}
 */
const modulesInPlace = {
  name: "modules-in-place",
  setup: (build) => {
    build.onLoad({ filter: /\.(?:ts|mjs)$/ }, ({ path: file }) => ({
      contents: readFileSync(file, "utf8").replaceAll("import.meta.url", JSON.stringify(pathToFileURL(file).href)),
      loader: file.endsWith(".ts") ? "ts" : "js",
    }));
  },
};

/**
 * @param {readonly File[]} files What was bundled.
 * @returns {Promise<string>} The folder of the cache that holds it.
 */
async function keep(files) {
  const parent = path.join(cacheFolder, "source");
  return cached(parent, keyOf(files.map(({ path: file, text }) => `${file}\n${text}`)), async (folder) => {
    files.forEach(({ path: file, text }) => writeFileSync(path.join(folder, path.basename(file)), text));
    await prune(parent, kept);
  });
}
