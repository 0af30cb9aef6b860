// What npm's @pulumi/openstack asks of its plugin, and whether the one that was built gives it.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * What one token takes and gives: names of properties.
 *
 * @typedef {object} Shape
 * @property {string[]} inputs What a program may set.
 * @property {string[]} required What it has to set.
 * @property {string[]} all What there is, inputs and outputs.
 */

/** The names that a pattern finds. @type {(text: string, pattern: RegExp) => string[]} */
const names = (text, pattern) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ""))].sort();

/**
 * What a module of the npm package asks for.
 *
 * @param {string} program Its JavaScript.
 * @param {string} types Its declarations.
 * @returns {[token: string, shape: Shape] | null} Null when it is neither a resource nor a function.
 */
export function askedBy(program, types) {
  const resource = /__pulumiType = '(openstack:[^']+)'/.exec(program)?.[1];
  const call = /pulumi\.runtime\.invoke\("(openstack:[^"]+)", \{([^}]*)\}/.exec(program);
  if (resource !== undefined) {
    const all = names(program, /resourceInputs\["(\w+)"\] = state \?/g);
    const outputs = names(program, /resourceInputs\["(\w+)"\] = undefined \/\*out\*\//g);
    const required = names(program, /Missing required property '(\w+)'/g);
    return [resource, { inputs: all.filter((name) => !outputs.includes(name)), required, all }];
  }
  if (call === null) {
    return null;
  }
  const [, token = "", given = ""] = call;
  const [, result = ""] = /export interface \w+Result \{\n(.*?)\n\}/s.exec(types) ?? [];
  const [, taken = ""] = /export interface \w+Args \{\n(.*?)\n\}/s.exec(types) ?? [];
  const inputs = names(given, /"(\w+)":/g);
  // Every result has an id, which is a property only where it is asked for.
  const all = names(result, /^ {4}readonly (\w+)\??:/gm).filter((name) => name !== "id" || inputs.includes(name));
  return [token, { inputs, required: names(taken, /^ {4}(\w+):/gm), all }];
}

/**
 * Everything that the npm package asks its plugin for.
 *
 * @param {string} folder Where it is installed.
 * @returns {Map<string, Shape>} By token.
 */
export function askedFor(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
  const read = (/** @type {string} */ name) => readFileSync(path.join(folder, name), "utf8");
  return new Map(files.flatMap((name) => [askedBy(read(name), read(name.replace(/\.js$/, ".d.ts")))].filter(isAsked)));
}

/**
 * @param {[string, Shape] | null} asked What a module asks for.
 * @returns {asked is [string, Shape]} Whether it asks for anything.
 */
function isAsked(asked) {
  return asked !== null;
}

/**
 * Where a plugin differs from what is asked of it. That a property must be set is not held against the package where the
 * plugin is more lenient: there a variable of the environment may stand for it.
 *
 * @param {ReadonlyMap<string, Shape>} asked By the npm package.
 * @param {ReadonlyMap<string, Shape>} given By the plugin.
 * @returns {string[]} One line per difference, sorted.
 */
export function differences(asked, given) {
  const lines = [...new Set([...asked.keys(), ...given.keys()])].flatMap((token) => {
    const [wanted, had] = [asked.get(token), given.get(token)];
    if (wanted === undefined || had === undefined) {
      return [`${token} is only ${wanted === undefined ? "in the plugin" : "in the npm package"}`];
    }
    const lacking = (/** @type {keyof Shape} */ part, /** @type {string} */ what) => [
      ...wanted[part].filter((name) => !had[part].includes(name)).map((name) => `${token} lacks the ${what} ${name}`),
      ...had[part]
        .filter((name) => !wanted[part].includes(name))
        .map((name) => `${token} has one ${what} more, ${name}`),
    ];
    const stricter = had.required.filter((name) => !wanted.required.includes(name));
    return [
      ...lacking("inputs", "input"),
      ...lacking("all", "property"),
      ...stricter.map((name) => `${token} demands ${name}`),
    ];
  });
  return lines.sort();
}
