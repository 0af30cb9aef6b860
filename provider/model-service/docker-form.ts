import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf } from "../../measure/error.ts";
import { engineCommand } from "../container-engine.ts";
import { execute } from "../execute.ts";
import { healthCheck } from "./dockerfile.ts";
import { type BuildingMeans, engineOf } from "./engine-build.ts";

const inspectedSchema = z.tuple([
  z.object({
    Architecture: z.string(),
    Os: z.string(),
    Created: z.string(),
    Config: z.record(z.string(), z.unknown()),
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

/** An image in the form of Docker: two documents. */
export interface DockerForm {
  readonly config: string;
  readonly manifest: string;
  /** SHA-256 of the configuration, in hex: what its file is called. */
  readonly digest: string;
}

/**
 * An image of OCI in the form of Docker, with the health check of a service, which the form of OCI has no place for.
 *
 * @param inspected what `podman image inspect` prints of the image
 */
export function dockerFormOf(inspected: string): DockerForm {
  const [image] = inspectedSchema.parse(JSON.parse(inspected));
  const { argv, intervalSec, timeoutSec, startSec } = healthCheck;
  const check = {
    Test: ["CMD", ...argv],
    ...{ Interval: nanoseconds(intervalSec), Timeout: nanoseconds(timeoutSec), StartPeriod: nanoseconds(startSec) },
  };
  const config = JSON.stringify({
    ...{ architecture: image.Architecture, os: image.Os, created: image.Created },
    config: { ...image.Config, Healthcheck: check },
    rootfs: { type: "layers", diff_ids: image.RootFS.Layers },
    history: image.History,
  });
  const digest = createHash("sha256").update(config).digest("hex");
  const manifest = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: types.manifest },
    config: { mediaType: types.config, size: Buffer.byteLength(config), digest: `sha256:${digest}` },
    // The engine has the layers by their digests. Their sizes, which it tells nobody, it puts here itself when it pushes.
    layers: image.RootFS.Layers.map((layer) => ({ mediaType: types.layer, size: 1, digest: layer })),
  });
  return { config, manifest, digest };
}

/**
 * Gives an image that podman built in the form of OCI that of Docker beside it. podman would build in that form itself, but
 * writes the names of its working containers into it, so that no two builds would have one digest.
 *
 * @param from Reference of the image; its layers are shared.
 * @param to Reference of the new one.
 */
export async function putInDockerForm(from: string, to: string, means: BuildingMeans): Promise<void> {
  const engine = engineOf(means.machine);
  const podman = (...argv: readonly string[]): Promise<string> =>
    execute(engineCommand(engine, argv), { timeoutSec: 120, signal: means.signal });
  const form = dockerFormOf(await podman("image", "inspect", from));
  await means.inFolder(async (aside) => {
    const folder = join(aside, "image");
    mkdirSync(folder);
    writeFileSync(join(folder, "version"), "Directory Transport Version: 1.1\n");
    writeFileSync(join(folder, "manifest.json"), form.manifest);
    writeFileSync(join(folder, form.digest), form.config);
    try {
      const id = (await podman("pull", "--quiet", `dir:${folder}`)).trim();
      await podman("tag", id, to);
    } catch (thrown) {
      means.signal.throwIfAborted();
      means.status(`the image is in the form of OCI, without a health check: ${messageOf(thrown)}`);
      await podman("tag", from, to);
    }
  });
}
