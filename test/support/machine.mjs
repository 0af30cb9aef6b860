// What set-up found on this machine, as far as a lane of tests needs to know.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/**
 * One thing that set-up looked for.
 *
 * @typedef {object} Finding
 * @property {string} id Such as `pulumi`.
 * @property {string} title Its name in a sentence.
 * @property {"ok" | "missing" | "degraded" | "failed"} status What became of it.
 * @property {string} detail What was found, or why nothing was.
 * @property {string | null} remedy What to do about it.
 */

/**
 * The parts of `machine.json` that lanes look at; whatever is null could not be had.
 *
 * @typedef {object} Machine
 * @property {readonly Finding[]} findings Everything that set-up looked for.
 * @property {{ command: string, version: string, path: readonly string[] } | null} [pulumi] The Pulumi CLI.
 * @property {{ directory: string, blockImage: string, digest: string } | null} [root] The root file system.
 * @property {object | null} [containerEngine] The container engine.
 * @property {object | null} [guestKernel] The guest kernel.
 * @property {{ directory: string } | null} [pytorch] The second framework.
 * @property {{ directory: string } | null} [tuner] What settings are searched with.
 * @property {{ directory: string } | null} [onnx] What models are ported with.
 * @property {{ command: string } | null} [python] Python with the development tools.
 */

/**
 * Where set-up writes what it found.
 *
 * @returns {string} An absolute path.
 */
export function machinePath() {
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache");
  return path.join(cache, "underlay", "machine.json");
}

/**
 * Reads what set-up found.
 *
 * @param {string} [file] Another place to read from.
 * @returns {Machine | null} Null when set-up has not run.
 */
export function readMachine(file = machinePath()) {
  try {
    /** @type {unknown} */
    const found = JSON.parse(readFileSync(file, "utf8"));
    return /** @type {Machine} */ (found);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return null;
    }
    throw new Error(`${file} is damaged: remove it and run \`npm test\`, which writes it anew.`, { cause: error });
  }
}

/**
 * Why a part of the machine is not there.
 *
 * @param {Machine | null} machine What set-up found.
 * @param {"pulumi" | "root" | "containerEngine" | "guestKernel" | "python"} part The part.
 * @param {string} findingId Id of its finding.
 * @returns {string | null} A reason with its remedy; null when the part is there.
 */
export function missing(machine, part, findingId) {
  if (machine === null) {
    return "this machine is not set up: run `npm test`, which does it first";
  }
  if (machine[part] !== null && machine[part] !== undefined) {
    return null;
  }
  const finding = machine.findings.find(({ id }) => id === findingId);
  if (finding === undefined) {
    return `set-up found no ${findingId}`;
  }
  return `${finding.title}: ${finding.detail}${finding.remedy === null ? "" : ` (${finding.remedy})`}`;
}
