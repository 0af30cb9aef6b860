import { createHash } from "node:crypto";
import { mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf } from "../../measure/error.ts";
import { engineCommand } from "../container-engine.ts";
import { execute } from "../execute.ts";
import { epoch } from "./base-image.ts";
import { healthCheck, serviceCopies, type ServiceCopy } from "./dockerfile.ts";
import { buildImage, type BuildingMeans, engineOf } from "./engine-build.ts";
import type { PackagesImage } from "./packages-image.ts";
import { sha256Of } from "./staging.ts";

const inspectedSchema = z.tuple([
  z.object({
    Architecture: z.string(),
    Os: z.string(),
    Created: z.string(),
    Config: z.looseObject({ Labels: z.record(z.string(), z.string()).nullish() }),
    RootFS: z.object({ Layers: z.array(z.string()).min(1) }),
    History: z.array(z.unknown()),
  }),
]);

const types = {
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  config: "application/vnd.docker.container.image.v1+json",
  layer: "application/vnd.docker.image.rootfs.diff.tar",
} as const;

const nanoseconds = (seconds: number): number => seconds * 1e9;

/** A layer that is put onto an image: an archive, the same for the same files. */
export interface OwnLayer {
  /** `sha256:…` of the archive. */
  readonly digest: string;
  readonly bytes: number;
  /** The line of a Dockerfile that makes it. */
  readonly line: string;
}

/** An image in the form of Docker: two documents. */
export interface DockerForm {
  readonly config: string;
  readonly manifest: string;
  /** SHA-256 of the configuration, in hex: what its file is called. */
  readonly digest: string;
}

/**
 * An image with more layers and labels, in the form of Docker: that of OCI has no place for the health check of a service.
 *
 * @param inspection what `podman image inspect` prints of the image
 */
export function dockerFormOf(
  inspection: string,
  own: readonly OwnLayer[],
  labels: Readonly<Record<string, string>>,
): DockerForm {
  const [image] = inspectedSchema.parse(JSON.parse(inspection));
  const { argv, intervalSec, timeoutSec, startSec } = healthCheck;
  const check = {
    Test: ["CMD", ...argv],
    ...{ Interval: nanoseconds(intervalSec), Timeout: nanoseconds(timeoutSec), StartPeriod: nanoseconds(startSec) },
  };
  const { Created: created, RootFS, History } = image;
  const config = JSON.stringify({
    ...{ architecture: image.Architecture, os: image.Os, created },
    config: { ...image.Config, Labels: { ...image.Config.Labels, ...labels }, Healthcheck: check },
    rootfs: { type: "layers", diff_ids: [...RootFS.Layers, ...own.map((layer) => layer.digest)] },
    history: [...History, ...own.map(({ line }) => ({ created, created_by: line }))],
  });
  const digest = createHash("sha256").update(config).digest("hex");
  const manifest = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: types.manifest },
    config: { mediaType: types.config, size: Buffer.byteLength(config), digest: `sha256:${digest}` },
    layers: [
      // The engine has these by their digests. Their sizes, which it tells nobody, it puts here itself when it pushes.
      ...RootFS.Layers.map((layer) => ({ mediaType: types.layer, size: 1, digest: layer })),
      ...own.map((layer) => ({ mediaType: types.layer, size: layer.bytes, digest: layer.digest })),
    ],
  });
  return { config, manifest, digest };
}

/** Archives what a line of the Dockerfile copies; the archive is put into the folder of the image, under its digest. */
async function archived(
  { from, to }: ServiceCopy,
  folder: string,
  image: string,
  { signal }: BuildingMeans,
): Promise<OwnLayer> {
  const archive = join(image, "layer.tar");
  const places = from.map((name) => {
    const place = to.endsWith("/") ? `${to}${name}` : to;
    return `--transform=flags=rh;s,^${name.replaceAll(".", "[.]")},${place.slice(1)},`;
  });
  const alike = [`--mtime=@${String(epoch)}`, "--owner=0", "--group=0", "--numeric-owner", "--mode=a=rX,u+w"];
  const options = ["--format=gnu", "--sort=name", "--hard-dereference", "--exclude=__pycache__", ...alike, ...places];
  await execute(["tar", "--create", `--file=${archive}`, ...options, `--directory=${folder}`, "--", ...from], {
    timeoutSec: 900,
    signal,
  });
  const hex = (await sha256Of(archive)).toString("hex");
  renameSync(archive, join(image, hex));
  const { size } = statSync(join(image, hex));
  return { digest: `sha256:${hex}`, bytes: size, line: `COPY ${from.join(" ")} ${to}` };
}

/**
 * Puts what a service's folder has onto the image with its packages, as its Dockerfile says. podman would do so itself; it
 * takes several times as long for it, and in the form of Docker no two of its builds have one digest, since it writes the
 * names of its working containers into them.
 *
 * @param packages what the image begins with; its layers are shared
 * @param folder of the service
 * @param labels more labels of the new image
 * @param reference of the new image
 * @param means what it is done with
 */
export async function assembleImage(
  packages: PackagesImage,
  folder: string,
  labels: Readonly<Record<string, string>>,
  reference: string,
  means: BuildingMeans,
): Promise<void> {
  const podman = (...argv: readonly string[]): Promise<string> =>
    execute(engineCommand(engineOf(means.machine), argv), { timeoutSec: 900, signal: means.signal });
  try {
    const id = await means.inFolder(async (aside) => {
      const image = join(aside, "image");
      mkdirSync(image);
      const layers: OwnLayer[] = [];
      for (const copy of serviceCopies) layers.push(await archived(copy, folder, image, means));
      const form = dockerFormOf(packages.inspection, layers, labels);
      writeFileSync(join(image, "version"), "Directory Transport Version: 1.1\n");
      writeFileSync(join(image, "manifest.json"), form.manifest);
      writeFileSync(join(image, form.digest), form.config);
      return (await podman("pull", "--quiet", `dir:${image}`)).trim();
    });
    await podman("tag", id, reference);
  } catch (thrown) {
    means.signal.throwIfAborted();
    means.status(`the image is built in the form of OCI, without a health check: ${messageOf(thrown)}`);
    await buildImage(folder, reference, means);
  }
}
