import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { EnvironmentName } from "../measure/facts.ts";
import type { Connection } from "./connection.ts";
import { executeAt, executeForBytes, identityVariables } from "./execute.ts";
import { type Owner, sharedName, temporaryFolder } from "./leftovers.ts";
import { noteProgram } from "./shipped-programs.ts";

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

/**
 * Where the program of a measurement stands on the hosts of an environment: in their folder for temporary files, under a
 * name of its own, since other runs and environments may be on the same host.
 */
export function programPlace({ runId, name }: Owner, environment: EnvironmentName): string {
  return join(temporaryFolder, `${sharedName(runId, name)}.${environment}`);
}

/** Where a program is run: where it was shipped to, or where it lies when the host is the machine at hand. */
export function placeOf(directory: string, { hops }: Connection, shippedTo: string): string {
  return hops.length === 0 ? directory : shippedTo;
}

/**
 * Ships a workload program to a host that is not the machine at hand, into a folder that nobody else can enter. What stood
 * there before is replaced; where it is another user's, the host refuses.
 *
 * @param directory the program
 * @param connection the way into the host
 * @param owner whose program it is
 * @param place as {@link programPlace} gives it
 * @param signal ends it early
 */
export async function shipProgram(
  directory: string,
  connection: Connection,
  owner: Owner,
  place: string,
  signal: AbortSignal,
): Promise<void> {
  if (placeOf(directory, connection, place) === directory) {
    return;
  }
  noteProgram(owner.runId, owner.name, place, connection);
  const options = ["--create", "--directory", directory, "--owner=0", "--group=0", "--file=-"];
  const archive = await executeForBytes(["tar", ...options, "--", ...programFiles(directory)], {
    timeoutSec: 60,
    signal,
  });
  // Without `-p`, mkdir takes nothing for its own that somebody else has put there, not even a link.
  const unpack = 'umask 077 && rm -rf -- "$0" && mkdir -- "$0" && tar -xf - -C "$0"';
  const env = identityVariables(owner.runId, owner.name);
  await executeAt(connection, ["sh", "-c", unpack, place], { input: archive, timeoutSec: 60, signal, env });
}
