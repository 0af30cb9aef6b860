// Packs the library as npm would publish it, and installs it into an empty project.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { copyRepository } from "./copied-repository.ts";

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

/** Packs and installs; takes about half a minute. */
export async function packedProject(): Promise<PackedProject> {
  const folder = mkdtempSync(path.join(tmpdir(), "packed-"));
  const [copy, project] = [path.join(folder, "copy"), path.join(folder, "project")];
  copyRepository(copy);
  mkdirSync(project);
  const report = await runIn(copy, "npm", ["pack", "--json", "--loglevel=error", "--pack-destination", folder]);
  const [packed] = JSON.parse(report) as { filename: string; files: PackedFile[] }[];
  if (packed === undefined) {
    throw new Error(`npm pack reported no package: ${report}`);
  }
  writeFileSync(path.join(project, "package.json"), '{ "private": true }\n');
  const quiet = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await runIn(project, "npm", ["install", ...quiet, path.join(folder, packed.filename)]);
  return {
    folder,
    project,
    files: packed.files,
    run: (command, ...args) => runIn(project, command, args),
  };
}
