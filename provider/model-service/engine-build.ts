import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ContainerEngine } from "../container-engine.ts";
import { engineCommand } from "../container-engine.ts";
import { execute } from "../execute.ts";
import { type Machine, required } from "../machine.ts";
import { indexEnvironment } from "../python-lock.ts";

/** What images are made with. */
export interface BuildingMeans {
  readonly machine: Machine;
  readonly signal: AbortSignal;
  /** Told of each step. */
  readonly status: (line: string) => void;
  /** Works in an empty folder, which is removed afterwards. */
  readonly inFolder: <T>(work: (folder: string) => Promise<T>) => Promise<T>;
}

/** A build by a container engine. */
export interface EngineBuild {
  /** The context, with its Dockerfile. */
  readonly folder: string;
  readonly reference: string;
  /** Whether each step is kept as a layer. Where they are not, builds that mount the same stage end each other. */
  readonly layers: boolean;
  /** Files that steps see and no layer keeps, by their ids. @default none */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
}

/** Time that every file of an image has, and that it says it was made at: 2024-01-01T00:00:00Z. */
const epoch = 1_704_067_200;

/** The engine that images are built by. */
export function engineOf(machine: Machine): ContainerEngine {
  return required(machine, "container-engine", machine.containerEngine);
}

/**
 * The command that builds an image. podman builds by itself, without a daemon, and runs steps in a chroot, which works
 * where containers may not be nested. In the form of OCI equal files give an equal digest. docker is asked
 * for the same times by `SOURCE_DATE_EPOCH`.
 */
export function buildCommand(engine: ContainerEngine, build: EngineBuild): string[] {
  const secret = Object.entries(build.secrets ?? {}).flatMap(([id, file]) => ["--secret", `id=${id},src=${file}`]);
  const own =
    engine.name === "podman"
      ? [
          ...["--isolation", "chroot", "--format", "oci", "--timestamp", String(epoch), "--pull=missing"],
          ...[`--layers=${String(build.layers)}`, "--network", "host"],
        ]
      : ["--build-arg", `SOURCE_DATE_EPOCH=${String(epoch)}`];
  return engineCommand(engine, ["build", ...own, ...secret, "--tag", build.reference, build.folder]);
}

/** Whether the engine has an image, or all of several: asked at once, since an engine takes longer to start than to look. */
export async function hasImage(machine: Machine, ...references: readonly string[]): Promise<boolean> {
  const command = engineCommand(engineOf(machine), ["image", "inspect", "--format", "{{.Id}}", ...references]);
  return execute(command, { timeoutSec: 30 }).then(
    () => true,
    () => false,
  );
}

/** All that the engine says of an image, as JSON. */
export function inspectionOf(machine: Machine, reference: string): Promise<string> {
  return execute(engineCommand(engineOf(machine), ["image", "inspect", reference]), { timeoutSec: 60 });
}

/** Variables of the index, for the step that installs. They may hold a password: no layer and no log has them. */
function secretLines(): string[] {
  return Object.entries(indexEnvironment())
    .filter(([name]) => /^UV_(?:INDEX|TORCH_BACKEND)/.test(name) || /^UV_(?:DEFAULT|EXTRA)_INDEX|_PROXY$/i.test(name))
    .map(([name, value]) => `${name}=${value.replaceAll("\n", "")}`);
}

/** Builds an image of a folder's Dockerfile. */
export async function buildImage(folder: string, reference: string, means: BuildingMeans): Promise<void> {
  await means.inFolder(async (aside) => {
    const index = join(aside, "index");
    writeFileSync(index, `${secretLines().join("\n")}\n`, { mode: 0o600 });
    const certificates = process.env["SSL_CERT_FILE"] ?? "/etc/ssl/certs/ca-certificates.crt";
    const secrets = { index, ...(existsSync(certificates) ? { certificates } : {}) };
    const command = buildCommand(engineOf(means.machine), { folder, reference, layers: true, secrets });
    await execute(command, { timeoutSec: 3600, signal: means.signal });
  });
}

/** What the engine says of an image: digest of its manifest, and size of its layers, unpacked. */
export async function inspected(reference: string, machine: Machine): Promise<{ digest: string; bytes: number }> {
  const engine = engineOf(machine);
  const format = engine.name === "podman" ? "{{.Digest}} {{.Size}}" : "{{.Id}} {{.Size}}";
  const output = await execute(engineCommand(engine, ["image", "inspect", "--format", format, reference]), {
    timeoutSec: 60,
  });
  const [digest = "", size = ""] = output.split(" ");
  return { digest, bytes: Number(size) };
}
