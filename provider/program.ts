import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Connection } from "./connection.ts";
import { executeAt, executeForBytes } from "./execute.ts";

/** Whether a path below the program's folder is what a tool left there: caches of Python, of linters, of editors. */
function isCache(path: string): boolean {
  return path.split("/").some((name) => name === "__pycache__" || name.startsWith("."));
}

/** Files of a workload program, without caches and hidden files: what is shipped to every host. */
export function programFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((path) => !isCache(path))
    .sort();
}

/** SHA-256 over the names and contents of a workload program's files, as `sha256:…`. */
export function programDigest(directory: string): string {
  const hash = createHash("sha256");
  for (const file of programFiles(directory)) {
    const content = readFileSync(join(directory, file));
    hash.update(`${file}\0${String(content.length)}\0`).update(content);
  }
  return `sha256:${hash.digest("hex")}`;
}

/** Where a program stands on every host that it is shipped to: in the host's scratch space. */
export const programPlace = "/tmp/underlay-program";

/** Where a program is run: where it was shipped to, or where it lies when the host is the machine at hand. */
export function placeOf(directory: string, { hops }: Connection): string {
  return hops.length === 0 ? directory : programPlace;
}

/** Ships a workload program to a host that is not the machine at hand. What stood there before is replaced. */
export async function shipProgram(
  directory: string,
  connection: Connection,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  if (placeOf(directory, connection) === directory) {
    return;
  }
  const options = ["--create", "--directory", directory, "--owner=0", "--group=0", "--file=-"];
  const archive = await executeForBytes(["tar", ...options, "--", ...programFiles(directory)], {
    timeoutSec: 60,
    signal,
  });
  const unpack = 'rm -rf "$0" && mkdir -p "$0" && tar -xf - -C "$0"';
  await executeAt(connection, ["sh", "-c", unpack, programPlace], { input: archive, timeoutSec: 60, signal, env });
}
