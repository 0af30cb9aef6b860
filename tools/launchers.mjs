// What the engine starts Node programs, providers and policy packs by: it is looked for on PATH, and is a checkout's own.
import path from "node:path";
import { packageFolder, projectFile } from "./paths.mjs";

/** Folders of some checkout: set-up once wrote its own into machine.json, and another checkout may be gone. */
const ofCheckout = /[\\/](?:node_modules[\\/]@pulumi[\\/]pulumi|tools[\\/]pulumi[\\/]launchers)[\\/]?$/;

/**
 * Folders to put before PATH so that the engine finds what it starts.
 *
 * @param {readonly string[]} found Those that set-up found: of the CLI, then of plugins.
 * @returns {string[]} These, then the launchers of this checkout. An official Pulumi has its own ones beside the CLI.
 */
export function enginePath(found) {
  const launchers = [packageFolder("@pulumi/pulumi"), projectFile("tools", "pulumi", "launchers")];
  return [
    ...found.filter((folder) => !ofCheckout.test(folder)),
    ...launchers.filter((folder) => folder !== null).map((folder) => path.resolve(folder)),
  ];
}
