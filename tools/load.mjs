import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { cached, prune } from "./cache.mjs";
import { keyOf } from "./digest.mjs";
import { cacheFolder } from "./paths.mjs";

/** Bundles of earlier sources that are kept: those of a few checkouts, each with a handful of entries. */
const kept = 32;

/** How much younger than what is read from it a file may seem on a file system whose clock is coarse, in milliseconds. */
const coarseMs = 2000;

/** Where bundles are kept. */
const bundles = path.join(cacheFolder, "source");

/**
 * Loads a module of the project: its TypeScript source in the repository, its compiled twin in the package.
 *
 * A source is bundled with all of ours that it imports, which a loader that looks at one file after the other takes a second
 * for: the engine starts two processes for every preview. A bundle is made again once any file that it is made of has
 * changed, which is told by their times and sizes.
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
  const file = fileURLToPath(source);
  const key = standing(file) ?? (await bundle(file));
  // Nothing is made where it stands: its time of use is set, and no other process removes it.
  const folder = await cached(bundles, key, () => Promise.reject(new Error(`${key} was removed meanwhile`)));
  return import(pathToFileURL(path.join(folder, `${path.basename(name)}.mjs`)).href);
}

/**
 * What a bundle was made of.
 *
 * @typedef {object} Made
 * @property {string} key Of the bundle's folder.
 * @property {Record<string, string>} from The state of each file that it depends on.
 */

/**
 * @param {string} source An absolute path.
 * @returns {string} Where it is written down what its bundle was made of.
 */
const noteOf = (source) => path.join(bundles, `.${keyOf([source])}.json`);

/**
 * @param {string} file An absolute path.
 * @returns {string} Another one after each change; of no file, that there is none.
 */
function stateOf(file) {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? "missing" : `${found.ctimeNs} ${found.size}`;
}

/**
 * @param {string} source An absolute path.
 * @returns {string | null} The key of its bundle; null when there is none, or of other files.
 */
function standing(source) {
  try {
    const { key, from } = /** @type {Made} */ (JSON.parse(readFileSync(noteOf(source), "utf8")));
    const isSame = Object.entries(from).every(([file, state]) => stateOf(file) === state);
    return isSame && existsSync(path.join(bundles, key)) ? key : null;
  } catch {
    return null; // Never bundled, or by another version of this.
  }
}

/**
 * Bundles a module and all of ours that it imports, as JavaScript: one file for it, and one for whatever it imports later.
 * Packages stay where they are.
 *
 * @param {string} source An absolute path.
 * @returns {Promise<string>} The key of the bundle's folder.
 */
async function bundle(source) {
  const began = Date.now();
  const { build, stop } = await import("esbuild");
  const folder = path.dirname(source);
  const files = new Set([fileURLToPath(import.meta.url), fileURLToPath(import.meta.resolve("esbuild"))]);
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
    plugins: [packagesInPlace(files), modulesInPlace(files)],
  });
  await stop();
  const key = keyOf(outputFiles.map(({ path: file, text }) => `${file}\n${text}`));
  await cached(bundles, key, (made) => {
    outputFiles.forEach(({ path: file, text }) => writeFileSync(path.join(made, path.basename(file)), text));
    return Promise.resolve();
  });
  await note(source, { key, from: Object.fromEntries([...files].map((file) => [file, stateOf(file)])) }, began);
  return key;
}

/**
 * Writes down what a bundle was made of, and removes bundles that nobody has used for long.
 *
 * @param {string} source An absolute path.
 * @param {Made} made What was bundled.
 * @param {number} began When the first file may have been read, in milliseconds since 1970.
 */
async function note(source, made, began) {
  // A file that has changed since may have been read before.
  const isOld = (/** @type {string} */ file) =>
    (statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? 0) < began - coarseMs;
  if (Object.keys(made.from).every(isOld)) {
    const file = noteOf(source);
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(made));
    renameSync(`${file}.${process.pid}`, file);
  }
  const removed = await prune(bundles, kept);
  const notes = removed.length === 0 ? [] : readdirSync(bundles).filter((name) => /^\.\w+\.json$/.test(name));
  for (const file of notes.map((name) => path.join(bundles, name))) {
    if (removed.some((key) => readFileSync(file, "utf8").includes(key))) rmSync(file, { force: true });
  }
}

/**
 * Packages are imported by their path: the bundle does not lie beside them.
 *
 * @param {Set<string>} files Where each is, is added.
 * @returns {import("esbuild").Plugin} What does that.
 */
function packagesInPlace(files) {
  return {
    name: "packages-in-place",
    setup: (build) => {
      build.onResolve({ filter: /^[^./]/ }, ({ path: specifier, kind }) => {
        if (kind === "entry-point" || specifier.startsWith("node:")) return null;
        const place = import.meta.resolve(specifier);
        files.add(fileURLToPath(place));
        return { path: place, external: true };
      });
    },
  };
}

/**
 * A module finds the files beside it where it is in the repository.
 *
 * @param {Set<string>} files Each that is read is added.
 * @returns {import("esbuild").Plugin} What does that.
 */
function modulesInPlace(files) {
  return {
    name: "modules-in-place",
    setup: (build) => {
      build.onLoad({ filter: /\.(?:ts|mjs)$/ }, ({ path: file }) => {
        files.add(file);
        const own = JSON.stringify(pathToFileURL(file).href);
        return {
          contents: readFileSync(file, "utf8").replaceAll("import.meta.url", own),
          loader: file.endsWith(".ts") ? "ts" : "js",
        };
      });
    },
  };
}
