import { existsSync } from "node:fs";

/**
 * Loads a module of the project: its TypeScript source in the repository, its compiled twin in the package.
 *
 * @param {string} path of the module from the project's folder, without its ending
 * @returns {Promise<Record<string, unknown>>} the module
 */
export async function load(path) {
  const source = new URL(`../${path}.ts`, import.meta.url);
  if (!existsSync(source)) {
    return import(new URL(`../dist/${path}.js`, import.meta.url).href);
  }
  const { register } = await import("tsx/esm/api");
  register();
  return import(source.href);
}
