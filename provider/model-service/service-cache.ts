import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import { engineCommand } from "../container-engine.ts";
import { execute } from "../execute.ts";
import { cacheDirectory, type Machine } from "../machine.ts";
import { type BuildingMeans, engineOf } from "./engine-build.ts";

/** What a build says of itself while it goes on. */
export interface BuildTold {
  readonly signal: AbortSignal;
  readonly status: (line: string) => void;
}

/** How many of each kind are kept, those used last first. */
export const kept = {
  /** Images of one service: the one that serves, the one that follows it, and one to go back to. */
  images: 3,
  /** Images with the packages of a lock, which services begin with and scripts make models in. */
  packages: 4,
  /** Sources with the models that their scripts made. */
  made: 4,
  /** Folders of services that the user gave no place. */
  files: 20,
} as const;

/** Folder of all that services are built from and by. */
export const cacheOfServices = (): string => join(cacheDirectory(), "services");

/** Folder of a service's files when the user names none. */
export function defaultOutput(name: string): string {
  return join(cacheOfServices(), "files", name);
}

/** A folder that was built in for so long belongs to a build that was killed, in ms. */
const staleMs = 86_400_000;

/** Removes folders that killed builds left. */
function removeStale(): void {
  for (const name of readdirSync(cacheOfServices()).filter((each) => each.startsWith(".building-"))) {
    const folder = join(cacheOfServices(), name);
    const since = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - since > staleMs) rmSync(folder, { recursive: true, force: true });
  }
}

/** Means whose folders are removed whatever happens. */
export function meansFor(machine: Machine, told: BuildTold): BuildingMeans {
  return {
    ...{ machine, signal: told.signal, status: told.status },
    inFolder: async (work) => {
      mkdirSync(cacheOfServices(), { recursive: true });
      removeStale();
      const folder = mkdtempSync(join(cacheOfServices(), ".building-"));
      try {
        return await work(folder);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Removes folders of one kind but those that were used last. */
export function pruneFolder(kind: "made" | "files"): void {
  const parent = join(cacheOfServices(), kind);
  const names = existsSync(parent) ? readdirSync(parent).filter((name) => !name.startsWith(".")) : [];
  const since = new Map(
    names.map((name) => {
      const { atimeMs, mtimeMs } = statSync(join(parent, name));
      return [name, Math.max(atimeMs, mtimeMs)];
    }),
  );
  const oldest = names.sort((one, other) => (since.get(other) ?? 0) - (since.get(one) ?? 0)).slice(kept[kind]);
  for (const name of oldest) rmSync(join(parent, name), { recursive: true, force: true });
}

function partsOf(reference: string): { repository: string; tag: string; folder: string } {
  const at = reference.lastIndexOf(":");
  const repository = reference.slice(0, at);
  const folder = join(cacheOfServices(), "images", repository.replaceAll("/", "_"));
  return { repository, tag: reference.slice(at + 1), folder };
}

/** Notes that an image is in use. All images bear one time: when each was used is kept in the cache. */
export function noteImage(reference: string): void {
  const { tag, folder } = partsOf(reference);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, tag), "");
}

/** Whether an image was noted. What the engine has and nobody noted is built again, to the same digest. */
export function isNoted(reference: string): boolean {
  const { tag, folder } = partsOf(reference);
  return existsSync(join(folder, tag));
}

/**
 * Removes images of a repository but those that were used last. The engine keeps those that a container was made of. It is
 * not asked which it has: podman's list fails while somebody else removes an image.
 *
 * @param reference of one of them, such as `localhost/underlay-service/NAME:TAG`
 * @param most how many stay
 */
export async function pruneImages(reference: string, most: number, machine: Machine): Promise<void> {
  const { repository, folder } = partsOf(reference);
  const since = (tag: string): number => statSync(join(folder, tag), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const tags = existsSync(folder) ? readdirSync(folder) : [];
  for (const tag of tags.sort((one, other) => since(other) - since(one)).slice(most)) {
    const argv = engineCommand(engineOf(machine), ["rmi", `${repository}:${tag}`]);
    const gone = await execute(argv, { timeoutSec: 120 }).then(
      () => true,
      (thrown: unknown) => /not known|no such image/i.test(wordsOf(thrown)), // Or else a container is made of it.
    );
    if (gone) rmSync(join(folder, tag), { force: true });
  }
}

const wordsOf = (thrown: unknown): string =>
  thrown instanceof UnderlayError ? `${thrown.message} ${thrown.hint ?? ""}` : messageOf(thrown);
