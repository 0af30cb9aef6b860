// Builds the Pulumi CLI and its Node language host from Go modules, every one pinned by a hash in go.sum.
import { readFileSync } from "node:fs";
import path from "node:path";
import { Unavailable } from "../finding.mjs";
import { findCommand } from "../find-command.mjs";
import { keyOf } from "../digest.mjs";
import { projectFile } from "../paths.mjs";
import { run } from "../run.mjs";

/** Version of the CLI that is built, as go.mod requires it. */
export const builtVersion = "3.220.0";

/** The two programs: the folder of their go.mod, and their package. */
const programs = [
  { module: "cli", source: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
  { module: "language-host", source: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs" },
];

const linkerFlags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${builtVersion}`;

/**
 * Whether a Go can build these modules: since 1.21 it fetches, as a module with a hash, the newer Go that a go.mod asks for.
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
 * @returns {Promise<{ command: string, version: string }>} Its program and what it says about itself.
 * @throws {Unavailable} When there is none, or it is too old.
 */
export async function findGo() {
  const command = findCommand("go");
  const remedy =
    "Install the Pulumi CLI 3.220.0 or newer so that `pulumi` is on PATH, or install Go 1.24 or newer (1.21 and newer " +
    "fetch it by themselves through the module proxy; Debian 12's `golang` is older) and run set-up again.";
  if (command === null) {
    throw new Unavailable("the Pulumi CLI could not be downloaded, and there is no Go to build it with", remedy);
  }
  const version = (await run(command, ["version"], { env: { GOTOOLCHAIN: "local" } })).trim();
  if (!canBuild(version)) {
    throw new Unavailable(`the Pulumi CLI could not be downloaded, and ${version} is too old to build it`, remedy);
  }
  return { command, version };
}

/**
 * Key of the programs in the cache.
 *
 * @param {string} goVersion What `go version` printed.
 * @returns {string} 16 hexadecimal digits.
 */
export function buildKey(goVersion) {
  const files = programs.flatMap(({ module }) =>
    ["go.mod", "go.sum"].map((name) => projectFile("tools", "pulumi", module, name)),
  );
  return keyOf([goVersion, linkerFlags, ...files.map((file) => readFileSync(file))]);
}

/**
 * Builds both programs. Go keeps what it has compiled, so that a build that was ended goes on where it was.
 *
 * @param {string} go Its program.
 * @param {string} folder Where the programs go.
 * @param {(text: string) => void} log Takes what Go prints.
 */
export async function buildPulumi(go, folder, log) {
  const env = { CGO_ENABLED: "0", GOTOOLCHAIN: "auto", GOFLAGS: "", GOWORK: "off" };
  for (const { module, source } of programs) {
    const output = path.join(folder, path.basename(source));
    const args = ["build", "-mod=readonly", "-trimpath", "-ldflags", linkerFlags, "-o", output, source];
    await run(go, args, { cwd: projectFile("tools", "pulumi", module), timeoutSec: 2400, env, log });
  }
}
