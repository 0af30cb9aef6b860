// Builds the Pulumi CLI and its Node language host from Go modules, every one pinned by a hash in go.sum.
import { readFileSync } from "node:fs";
import path from "node:path";
import { keyOf } from "../digest.mjs";
import { goBuild } from "../go.mjs";
import { projectFile } from "../paths.mjs";

/** Version of the CLI that is built, as go.mod requires it. */
export const builtVersion = "3.220.0";

/** The two programs: the folder of their go.mod, and their package. */
const programs = [
  { module: "cli", source: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
  { module: "language-host", source: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs" },
];

const linkerFlags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${builtVersion}`;

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
 * Builds both programs.
 *
 * @param {string} go Its program.
 * @param {string} folder Where the programs go.
 * @param {(text: string) => void} log Takes what Go prints.
 */
export async function buildPulumi(go, folder, log) {
  for (const { module, source } of programs) {
    const output = path.join(folder, path.basename(source));
    await goBuild(go, { module: projectFile("tools", "pulumi", module), source, linkerFlags, output }, log);
  }
}
