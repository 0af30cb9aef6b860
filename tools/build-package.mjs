// Builds what the npm package ships: compiled modules under dist/, each with the files that it reads beside it.
// With --clean it removes them again.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const dist = path.join(root, "dist");
/** Folders whose modules read files that lie beside them. */
const withAssets = ["provider", "workloads", "catalogue", "report"];
/** What lies beside modules and is not read by them. */
const notShipped = /\.(?:ts|mjs|md|pyc)$|(?:^|\/)(?:test_[^/]*|[^/]*_test\.py|conftest\.py|pulumi-resource-[^/]*)$/;
const notEntered = new Set(["__pycache__", "test", "tests", "node_modules"]);

/**
 * Files below a folder that go with its compiled modules.
 *
 * @param {string} folder From the root of the repository.
 * @returns {string[]} Paths from the root of the repository.
 */
function assetsBelow(folder) {
  const directory = path.join(root, folder);
  const entries = existsSync(directory) ? readdirSync(directory, { withFileTypes: true }) : [];
  return entries.flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.name.startsWith(".")) {
      return [];
    }
    if (entry.isDirectory()) {
      return notEntered.has(entry.name) ? [] : assetsBelow(name);
    }
    return entry.isFile() && !notShipped.test(name) ? [name] : [];
  });
}

/** The version and module kind, which compiled modules read one folder above theirs, as their sources do. */
function writePackageFile() {
  /** @type {unknown} */
  const whole = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const { name, version, type } = /** @type {Record<string, string>} */ (whole);
  writeFileSync(path.join(dist, "package.json"), `${JSON.stringify({ name, version, type }, null, 2)}\n`);
}

/**
 * The manual page, by the command that was just compiled.
 *
 * @returns {number} The exit code.
 */
function writeManual() {
  const command = [path.join(dist, "cli/main.js"), "man"];
  const { status, stdout } = spawnSync(process.execPath, command, { cwd: root, stdio: ["ignore", "pipe", 2] });
  if (status === 0) {
    mkdirSync(path.join(dist, "man"));
    writeFileSync(path.join(dist, "man/underlay.1"), stdout);
  }
  return status ?? 1;
}

/**
 * Compiles, and copies what the modules read.
 *
 * @returns {number} The exit code.
 */
function build() {
  const compiler = path.join(root, "node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) {
    return status ?? 1;
  }
  for (const file of withAssets.flatMap(assetsBelow)) {
    cpSync(path.join(root, file), path.join(dist, file));
  }
  writePackageFile();
  return writeManual();
}

rmSync(dist, { recursive: true, force: true });
if (!process.argv.includes("--clean")) {
  process.exitCode = build();
}
