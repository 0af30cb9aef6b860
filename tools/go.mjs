// Go, which builds what cannot be downloaded from modules that are pinned by a hash in go.sum.
import { Unavailable } from "./finding.mjs";
import { findCommand } from "./find-command.mjs";
import { run } from "./run.mjs";

/**
 * Whether a Go can build our modules: since 1.21 it fetches, as a module with a hash, the newer Go that a go.mod asks for.
 *
 * @param {string} printed What `go version` printed.
 * @returns {boolean} Whether it can.
 */
export function canBuild(printed) {
  const [, major, minor] = /\bgo(\d+)\.(\d+)/.exec(printed) ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 21);
}

/**
 * The Go that is to build.
 *
 * @param {string} subject What could not be downloaded, such as `the Pulumi CLI`.
 * @param {string} otherwise How to get it without Go, as the beginning of a sentence.
 * @returns {Promise<{ command: string, version: string }>} Its program and what it says about itself.
 * @throws {Unavailable} When there is none, or it is too old.
 */
export async function findGo(subject, otherwise) {
  const command = findCommand("go");
  const remedy =
    `${otherwise}, or install Go 1.24 or newer (1.21 and newer fetch it by themselves through the module proxy; ` +
    "Debian 12's `golang` is older) and run set-up again.";
  if (command === null) {
    throw new Unavailable(`${subject} could not be downloaded, and there is no Go to build it with`, remedy);
  }
  const version = (await run(command, ["version"], { env: { GOTOOLCHAIN: "local" } })).trim();
  if (!canBuild(version)) {
    throw new Unavailable(`${subject} could not be downloaded, and ${version} is too old to build it`, remedy);
  }
  return { command, version };
}

/**
 * Builds a program. Go keeps what it has compiled, so that a build that was ended goes on where it was.
 *
 * @param {string} go Its program.
 * @param {object} what What is built.
 * @param {string} what.module Folder of its go.mod.
 * @param {string} what.source Its package.
 * @param {string} what.linkerFlags What the linker is told.
 * @param {string} what.output The program's file.
 * @param {(text: string) => void} log Takes what Go prints.
 */
export async function goBuild(go, { module, source, linkerFlags, output }, log) {
  const args = ["build", "-mod=readonly", "-trimpath", "-ldflags", linkerFlags, "-o", output, source];
  // What go.sum lacks is looked up in the checksum database, whatever this user's settings are.
  const verified = { GOSUMDB: "sum.golang.org", GONOSUMDB: "", GOPRIVATE: "", GOINSECURE: "" };
  const env = { CGO_ENABLED: "0", GOTOOLCHAIN: "auto", GOFLAGS: "", GOWORK: "off", ...verified };
  await run(go, args, { cwd: module, timeoutSec: 3600, env, log });
}
