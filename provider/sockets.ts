import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UnderlayError } from "../measure/error.ts";
import { type Owner, sharedName, temporaryFolder } from "./leftovers.ts";
import { runDirectory } from "./run-directory.ts";

/** A path of a socket may have so many bytes, as the kernel has it. */
const longestPath = 107;
/** Room for a container's mark and the socket's own name below the folder of a resource. */
const roomBelow = "/s12345678/http".length;

/**
 * Folder of a resource's sockets: in the folder of its run, or among the system's temporary files where that path is too
 * long. Neither depends on variables that an `up` and a `destroy` need not share.
 *
 * @throws UnderlayError `path-too-long`
 */
export function socketsOf({ runId, name }: Owner): string {
  const short = createHash("sha256").update(name).digest("hex").slice(0, 8);
  const places = [join(runDirectory(runId), "sockets", short), join(temporaryFolder, sharedName(runId, name))];
  const place = places.find((each) => Buffer.byteLength(each) + roomBelow <= longestPath);
  if (place !== undefined) return place;
  throw new UnderlayError(
    "path-too-long",
    `The name ${name} makes paths of sockets that are longer than ${String(longestPath)} bytes.`,
    "Give it a shorter name, or set XDG_STATE_HOME to a shorter path.",
  );
}

/** Makes the folder of a resource's sockets, which lets nobody else in. */
function makeSockets(owner: Owner): string {
  const folder = socketsOf(owner);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Socket that a front is controlled by. */
export function controlSocket(owner: Owner): string {
  return join(makeSockets(owner), "control");
}

/** A folder for the socket of one container. Other users write into it, but get there only from within the container. */
export function makeSocketFolder(owner: Owner, mark: string): string {
  const folder = join(makeSockets(owner), mark);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  return folder;
}

/** Removes the sockets of one container, or without its mark all that a resource has. */
export function removeSockets(owner: Owner, mark = ""): void {
  rmSync(join(socketsOf(owner), mark), { recursive: true, force: true });
}
