import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Connection } from "./connection.ts";
import { execute, executeAt } from "./execute.ts";

/** Files of a workload program: what is shipped to every host. */
export function programFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
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

/** Where a program stands on every host: in the host's scratch space. */
export const programPlace = "/tmp/underlay-program";

/** Ships a workload program to a host. What stood there before is replaced. */
export async function shipProgram(
  directory: string,
  connection: Connection,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const archive = await execute(
    ["tar", "--create", "--directory", directory, "--owner=0", "--group=0", "--file=-", ...programFiles(directory)],
    { timeoutSec: 60, signal },
  );
  const unpack = 'rm -rf "$0" && mkdir -p "$0" && tar -xf - -C "$0"';
  await executeAt(connection, ["sh", "-c", unpack, programPlace], { input: archive, timeoutSec: 60, signal, env });
}
