// Debian's and Ubuntu's packages of the programs that set-up and the local environments need.
import { fileExists, install, installCommand, missingPackages } from "../apt.mjs";
import { Unavailable, messageOf } from "../finding.mjs";
import { findCommand } from "../find-command.mjs";

/** @typedef {import("../context.mjs").Context} Context */

/**
 * The packages whose programs this machine lacks.
 *
 * @param {Context} context What set-up knows.
 * @returns {string[]} Debian's names.
 */
export function lackingPackages(context) {
  return missingPackages({
    has: (command) => findCommand(command) !== null,
    exists: fileExists,
    kvm: context.kvm,
    root: context.isRoot,
    distribution: context.distribution.id,
    development: context.development,
    architecture: process.arch,
  });
}

/**
 * Installs what is missing when it may, and says what to install when it may not.
 *
 * @param {Context} context What set-up knows.
 * @returns {Promise<import("../finding.mjs").Found<true>>} Whether everything is there.
 */
export async function systemPackagesStep(context) {
  const missing = lackingPackages(context);
  if (missing.length === 0) {
    return { part: true, status: "ok", detail: "every program that the local environments need is installed" };
  }
  const names = missing.join(", ");
  if (!context.distribution.apt) {
    return {
      part: null,
      status: "degraded",
      detail: `programs of these packages are missing (Debian's names): ${names}`,
      remedy: `Install them with the package manager of ${context.distribution.name}.`,
    };
  }
  const remedy = `Run \`${installCommand(missing)}\`.`;
  if (!context.isRoot) {
    return { part: null, status: "degraded", detail: `missing, and only root may install them: ${names}`, remedy };
  }
  context.progress("system-packages", `installing ${names}`);
  try {
    const unknown = await install(missing, context.log.raw);
    return unknown.length === 0
      ? { part: true, status: "ok", detail: `installed ${names}` }
      : {
          part: null,
          status: "degraded",
          detail: `${context.distribution.name} has no ${unknown.join(", ")}`,
          remedy: null,
        };
  } catch (error) {
    throw new Unavailable(messageOf(error), remedy, { cause: error, lasting: false });
  }
}
