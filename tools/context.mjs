// What every step of set-up knows.
import { accessSync, constants, existsSync } from "node:fs";
import { distribution } from "./distribution.mjs";

/**
 * What every step knows.
 *
 * @typedef {object} Context
 * @property {string} cache The cache folder.
 * @property {boolean} isRoot Whether this is root.
 * @property {boolean} kvm Whether /dev/kvm can be opened; it may still boot nothing.
 * @property {boolean} accelerators Whether NVIDIA's driver is there.
 * @property {boolean} development Whether the development tools are wanted.
 * @property {readonly string[]} extras What else is wanted, such as `pytorch`.
 * @property {boolean} force Whether what was probed is probed again.
 * @property {import("./distribution.mjs").Distribution} distribution Which Linux this is.
 * @property {import("./log.mjs").Log} log Where set-up writes what it does.
 * @property {(step: string, text: string) => void} progress Tells people about a part of a step.
 */

/**
 * Looks at the machine once.
 *
 * @param {Pick<Context, "cache" | "development" | "extras" | "force" | "log" | "progress">} given What was asked for.
 * @returns {Context} What every step knows.
 */
export function makeContext(given) {
  return {
    ...given,
    isRoot: process.getuid?.() === 0,
    kvm: canOpen("/dev/kvm"),
    accelerators: existsSync("/dev/nvidiactl"),
    distribution: distribution(),
  };
}

/** @param {string} device A device file. */
function canOpen(device) {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
