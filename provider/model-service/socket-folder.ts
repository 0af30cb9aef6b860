import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { UnderlayError } from "../../measure/error.ts";
import { sharedName, temporaryFolders } from "../leftovers.ts";
import type { ServiceOwner } from "./container.ts";

/** A path of a socket may have so many bytes, as the kernel has it. */
const longestPath = 107;
/** Room for a container's mark and the socket's own name below the folder of a service. */
const roomBelow = "/s12345678/http".length;

/**
 * Folder of the sockets of a service's containers: in the folder for temporary files, or in the system's own where the
 * path of the other is too long.
 *
 * @param owner whose containers they are
 * @param folders where it may lie, the first whose path is short enough. @default those for temporary files
 * @throws UnderlayError `path-too-long`
 */
export function socketsOf(owner: ServiceOwner, folders: readonly string[] = temporaryFolders()): string {
  const { runId, name } = owner;
  const places = folders.map((folder) => join(folder, sharedName(runId, name)));
  const short = places.find((place) => Buffer.byteLength(place) + roomBelow <= longestPath);
  if (short !== undefined) return short;
  throw new UnderlayError(
    "path-too-long",
    `The name ${name} makes paths of sockets that are longer than ${String(longestPath)} bytes.`,
    "Give the service a shorter name.",
  );
}

/** A folder for the socket of one container: its parent lets nobody else in. */
export function makeSocketFolder(owner: ServiceOwner, mark: string): string {
  const parent = socketsOf(owner);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const folder = join(parent, mark);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  return folder;
}
