import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Machine } from "../provider/machine.ts";
import { projectRoot } from "./version.ts";

/** What is used of `tools/launchers.mjs`, which is not compiled into the package and lies beside it. */
interface Launchers {
  enginePath(found: readonly string[]): string[];
}

/**
 * PATH for the Pulumi CLI: what set-up found, the launchers of this checkout, then the caller's own.
 *
 * @param pulumi what set-up found of it
 */
export async function enginePath(pulumi: NonNullable<Machine["pulumi"]>): Promise<string> {
  const launchers = (await import(pathToFileURL(join(projectRoot, "tools", "launchers.mjs")).href)) as Launchers;
  const own = (process.env["PATH"] ?? "").split(delimiter);
  // Once each: a command that opens many stacks would else have a longer one with every stack.
  return [...new Set([...launchers.enginePath(pulumi.path), ...own])].join(delimiter);
}
