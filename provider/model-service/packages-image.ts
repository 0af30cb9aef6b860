import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeBases } from "./base-image.ts";
import { buildImage, type BuildingMeans, inspectionOf } from "./engine-build.ts";
import { writeInstaller } from "./programs.ts";
import { cacheOfServices, kept, noteImage, pruneImages } from "./service-cache.ts";
import type { ServiceLock } from "./service-lock.ts";

/** What an image with the packages of a lock is made of. */
export interface PackagesRecipe {
  readonly dockerfile: string;
  readonly lock: ServiceLock;
  /** Folder of the programs that serve models. */
  readonly programs: string;
  /** What the bases of this machine are made of; null where the Dockerfile begins with those of a registry. */
  readonly bases: { readonly python: string; readonly system: readonly string[] } | null;
}

/** An image with the packages of a lock. */
export interface PackagesImage {
  readonly reference: string;
  /** What the engine says of it, as JSON. */
  readonly inspection: string;
}

/** Makes what a Dockerfile begins with, where this machine does not have it. */
export async function readyBases({ bases }: PackagesRecipe, means: BuildingMeans): Promise<void> {
  if (bases !== null) await makeBases({ ...bases, cache: join(cacheOfServices(), "bases") }, means);
}

/** Reference of an image of packages. Its Dockerfile names bases and installer by digests of what they are. */
export function packagesReference({ dockerfile }: Pick<PackagesRecipe, "dockerfile">): string {
  return `localhost/underlay-packages:${createHash("sha256").update(dockerfile).digest("hex").slice(0, 12)}`;
}

/** The image with the packages of a lock: all services that have the same lock and base begin with one. */
export async function packagesImage(recipe: PackagesRecipe, means: BuildingMeans): Promise<PackagesImage> {
  const { dockerfile, programs, lock } = recipe;
  const reference = packagesReference(recipe);
  const before = await inspectionOf(means.machine, reference).catch(() => null); // It is not there.
  noteImage(reference);
  if (before !== null) return { reference, inspection: before };
  await readyBases(recipe, means);
  means.status(`image of ${String(lock.packages.length)} packages: ${reference}`);
  await means.inFolder(async (folder) => {
    writeFileSync(join(folder, "Dockerfile"), dockerfile);
    writeInstaller(folder, programs, lock);
    await buildImage(folder, reference, means);
  });
  await pruneImages(reference, kept.packages, means.machine);
  return { reference, inspection: await inspectionOf(means.machine, reference) };
}
