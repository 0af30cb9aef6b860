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
  return [...launchers.enginePath(pulumi.path), process.env["PATH"] ?? ""].join(delimiter);
}
