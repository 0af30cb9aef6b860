// Packs the library as npm would publish it, and installs it into an empty project.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { cached, prune } from "../../tools/cache.mjs";
import { keyOf } from "../../tools/digest.mjs";
import { cacheFolder } from "../../tools/paths.mjs";
import { copyRepository } from "./copied-repository.ts";
import { keyOfInputs } from "./passed-before.mjs";

const execute = promisify(execFile);

/** One file in the tarball. */
export interface PackedFile {
  readonly path: string;
  readonly mode: number;
}

/** A project that has the library installed and nothing else. */
export interface PackedProject {
  /** Folder around everything; remove it in the end. */
  readonly folder: string;
  /** Folder of the project. */
  readonly project: string;
  readonly files: readonly PackedFile[];
  /** Runs a program in the project and returns its standard output. */
  readonly run: (command: string, ...args: string[]) => Promise<string>;
}

/** Runs a program to its end, without the variables of the npm that may have started us. */
async function runIn(cwd: string, command: string, args: readonly string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
  const { stdout } = await execute(command, args, { cwd, env, maxBuffer: 2 ** 26 });
  return stdout;
}

/** Installs a tarball and what it declares; what is there already and goes with that stays. */
async function install(project: string, tarball: string): Promise<void> {
  writeFileSync(path.join(project, "package.json"), '{ "private": true }\n');
  const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await runIn(project, "npm", ["install", ...quiet, tarball]);
}

const checks = path.join(cacheFolder, "checks");
/** Projects with what the library declares that are kept, and tarballs. */
const kept = 3;

/** What npm packs of a copy of the repository, which takes half a minute: once of the same files. */
async function packedOf(copy: string): Promise<{ readonly tarball: string; readonly files: readonly PackedFile[] }> {
  const parent = path.join(checks, "tarballs");
  const folder = await cached(parent, keyOfInputs(copy, ["npm pack"]), async (made) => {
    const report = await runIn(copy, "npm", ["pack", "--json", "--loglevel=error", "--pack-destination", made]);
    writeFileSync(path.join(made, "report.json"), report);
  });
  await prune(parent, kept);
  const report = readFileSync(path.join(folder, "report.json"), "utf8");
  const [packed] = JSON.parse(report) as { filename: string; files: PackedFile[] }[];
  if (packed === undefined) {
    throw new Error(`npm pack reported no package: ${report}`);
  }
  return { tarball: path.join(folder, packed.filename), files: packed.files };
}

/**
 * An empty project but for the packages of others that npm installed with a tarball that declares the same: to unpack their
 * 28,000 files takes four times as long as all else. What npm then installs is no other than without them.
 */
async function projectWithPackages(project: string, manifest: string, tarball: string): Promise<void> {
  const { dependencies } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly dependencies: object };
  const parent = path.join(checks, "projects");
  const installed = await cached(parent, keyOf([process.version, JSON.stringify(dependencies)]), async (folder) => {
    await install(folder, tarball);
    for (const name of ["node_modules/underlay", "node_modules/.package-lock.json", "package-lock.json"]) {
      rmSync(path.join(folder, name), { recursive: true });
    }
  });
  await prune(parent, kept);
  // As links to the same files, which no one writes; temporary files may lie on another disk.
  await runIn(parent, "cp", ["-al", installed, project]).catch(async () => {
    rmSync(project, { recursive: true, force: true });
    await runIn(parent, "cp", ["-a", installed, project]);
  });
}

/** Packs and installs; takes a minute where nothing of it is in the cache. */
export async function packedProject(): Promise<PackedProject> {
  const folder = mkdtempSync(path.join(tmpdir(), "packed-"));
  const [copy, project] = [path.join(folder, "copy"), path.join(folder, "project")];
  copyRepository(copy);
  const { tarball, files } = await packedOf(copy);
  await projectWithPackages(project, path.join(copy, "package.json"), tarball);
  await install(project, tarball);
  return {
    folder,
    project,
    files,
    run: (command, ...args) => runIn(project, command, args),
  };
}
