import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { projectRoot } from "./version.ts";

async function runTool(name: string, words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(projectRoot, "tools", name), ...words], { stdio: "inherit" });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}

/** Runs set-up with its own options; returns its exit code. */
export async function setup(words: readonly string[]): Promise<number> {
  return runTool("setup.mjs", words);
}

/** Writes the shared root as an image for clusters; returns the exit code. */
export async function writeImage(file: string): Promise<number> {
  return runTool("image.mjs", [file]);
}
