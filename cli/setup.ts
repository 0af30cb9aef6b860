import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { projectRoot } from "./version.ts";

/** Runs set-up with its own options; returns its exit code. */
export async function setup(words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(projectRoot, "tools", "setup.mjs"), ...words], { stdio: "inherit" });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}
