import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { readServiceMeasurements, serviceMeasurementsFile } from "../../catalogue/services/measured.ts";
import { UnderlayError } from "../../measure/error.ts";
import type { ServiceImageFacts } from "../../measure/model-service.ts";
import type { ModelFindings } from "../../workloads/model-service/findings.ts";
import { pythonFor } from "../../workloads/model-service/python-version.ts";
import {
  batchingOf,
  choose,
  describe,
  mustBeServable,
  sampleOf,
  type ServiceChoice,
  type ServiceDescription,
  servingRequirements,
} from "../../workloads/model-service/service.ts";
import { type Machine, stateDirectory } from "../machine.ts";
import { assembleImage } from "./assembled-image.ts";
import { type DebianPackage, localBases } from "./base-image.ts";
import { type LabelArgs, packagesDockerfile, serviceDockerfile, serviceLabels } from "./dockerfile.ts";
import { buildImage, type BuildingMeans, engineOf, hasImage, inspected } from "./engine-build.ts";
import { madeSource } from "./make-model.ts";
import { packagesImage, type PackagesRecipe, readyBases } from "./packages-image.ts";
import { installerDigest, installerFiles, serverDigest, writeInstaller, writeServer } from "./programs.ts";
import { sbomOf } from "./sbom.ts";
import type { ServiceBuildArgs } from "./service-args.ts";
import {
  type BuildTold,
  cacheOfServices,
  isNoted,
  kept,
  meansFor,
  noteImage,
  pruneFolder,
  pruneImages,
} from "./service-cache.ts";
import { serviceLock, type ServiceLock } from "./service-lock.ts";
import { findingsOf, sourceAt } from "./source-findings.ts";
import { copyFiles, defaultMostModelMiB, digestOfFiles, type Staged, stagedFiles } from "./staging.ts";

/** A service whose files are written, and whose image can be built. */
export interface PreparedService {
  readonly folder: string;
  readonly description: ServiceDescription;
  readonly lock: ServiceLock;
  readonly python: string;
  readonly framework: string;
  readonly modelFormat: string;
  readonly modelSha256: string;
  readonly modelBytes: number;
  readonly sourceDigest: string;
  readonly sample: string | null;
  readonly cuda: boolean;
  /** How its image is built; null for a function. */
  readonly build: ServiceBuild | null;
}

interface ServiceBuild {
  readonly recipe: PackagesRecipe;
  readonly labels: Readonly<Record<string, string>>;
}

/** AWS Lambda's python3.11 is Amazon Linux 2, with glibc 2.26: wheels for the next older standard run there. */
export const functionPlatform = `${process.arch === "arm64" ? "aarch64" : "x86_64"}-manylinux_2_17`;

/** A name that images and containers may have. */
export function serviceName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/\.[a-z0-9]+$/, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return name === "" ? "model" : name;
}

/** What of a source's problems concerns the files that are served: the first of them ends the build. */
function mustBeSound(findings: ModelFindings, { modules, models }: Staged): void {
  const served = new Set([...modules, ...models]);
  const grave = findings.problems.find(
    ({ code, file }) => (served.has(file) && code !== "artefact-executes") || code.startsWith("requirement-"),
  );
  if (grave !== undefined) throw problemError(grave);
}

function problemError({ code, file, line, message }: ModelFindings["problems"][number]): UnderlayError {
  return new UnderlayError(code, `${line > 0 ? `${file}:${String(line)}` : file}: ${message}`);
}

/** A folder with the source in it: a single file is given one of its own. */
function folderOf(source: string, aside: string): string {
  if (statSync(source).isDirectory()) return source;
  const folder = join(aside, "single");
  mkdirSync(folder, { recursive: true });
  cpSync(source, join(folder, basename(source)));
  return folder;
}

/** Has the source's script make models that are missing, and reads the source again. */
async function completed(
  source: string,
  findings: ModelFindings,
  args: ServiceBuildArgs,
  means: BuildingMeans,
): Promise<{ source: string; findings: ModelFindings }> {
  const script = args.make ?? findings.service.make;
  const missing = findings.loads.some(({ there }) => !there) || findings.artefacts.length === 0;
  if (script === null || !missing) return { source, findings };
  const python = pythonFor(findings, args.python);
  const lock = await lockFor(findings, null, python, args, means);
  const image = async () => {
    // The same beginning as the service's own: its packages are installed once.
    const { recipe } = await recipeFor({ lock, python, findings }, args, means);
    return (await packagesImage(recipe, means)).reference;
  };
  const made = await madeSource({ source, script, image, lock: lock.digest, cache: cacheOfServices() }, means);
  return { source: made, findings: await findingsOf(made, readingMeans(args, means)) };
}

const readingMeans = ({ programs }: ServiceBuildArgs, { machine, signal }: BuildingMeans) => ({
  ...{ machine, signal },
  program: join(programs, "detect"),
});

function lockFor(
  findings: ModelFindings,
  description: ServiceDescription | null,
  python: string,
  args: ServiceBuildArgs,
  means: BuildingMeans,
): Promise<ServiceLock> {
  // A script that makes a model runs where the container's server does.
  const as = description === null ? "server" : (args.as ?? "server");
  const entry = description?.entry ?? { kind: "function", module: "m", function: "f", parameters: [] };
  return serviceLock(
    {
      ...{ findings, python, cuda: args.cuda === true, file: args.lock ?? null, cache: cacheOfServices() },
      platform: as === "function" ? functionPlatform : undefined,
      besides: servingRequirements({ entry }, as),
    },
    means,
    readServiceMeasurements(serviceMeasurementsFile(stateDirectory())),
  );
}

interface LockedFor {
  readonly lock: ServiceLock;
  readonly python: string;
  readonly findings: ModelFindings;
}

/** How the packages of a lock are put into an image, with Debian's packages below them. */
async function recipeFor(
  { python, lock, findings }: LockedFor,
  { base = "local", programs, cuda = false }: ServiceBuildArgs,
  means: BuildingMeans,
) {
  const systemPackages = findings.systemPackages.map(({ name }) => name);
  const made = base === "local" ? { python, system: systemPackages } : null;
  const bases = made === null ? null : await localBases({ ...made, cache: join(cacheOfServices(), "bases") }, means);
  const accelerator = cuda ? ("cuda" as const) : ("cpu" as const);
  const packages = { python, accelerator, installer: installerDigest(programs, lock), bases, systemPackages };
  const recipe: PackagesRecipe = { dockerfile: packagesDockerfile(packages), lock, programs, bases: made };
  return { packages, recipe, debian: bases?.debian ?? [] };
}

/** Copies what is served, and reads that alone again: what only training needs is not in the image. */
async function staged(
  source: string,
  findings: ModelFindings,
  args: ServiceBuildArgs,
  means: BuildingMeans,
  folder: string,
): Promise<{ choice: ServiceChoice; files: Staged; findings: ModelFindings }> {
  const options = { entry: args.entry ?? null, trust: args.trust === true };
  // A module that cannot be read may have held what predicts.
  const unread = findings.problems.find(({ code }) => code.startsWith("source-"));
  if (unread !== undefined && findings.entries.length === 0) throw problemError(unread);
  const choice = choose(findings, options);
  mustBeServable(findings, choice, options.trust);
  const files = stagedFiles(source, findings, choice, args.mostModelMiB ?? defaultMostModelMiB);
  mustBeSound(findings, files);
  const whole = join(folder, "whole");
  mkdirSync(whole);
  copyFiles(source, [...files.modules, ...files.models, ...files.data], whole);
  const served = await findingsOf(whole, readingMeans(args, means));
  mustBeSound(served, files);
  for (const [part, names] of [
    ["models", files.models],
    ["source", [...files.modules, ...files.data]],
  ] as const) {
    mkdirSync(join(folder, part), { recursive: true });
    for (const name of names) {
      mkdirSync(dirname(join(folder, part, name)), { recursive: true });
      linkSync(join(whole, name), join(folder, part, name));
    }
  }
  rmSync(whole, { recursive: true });
  return { choice, files, findings: served };
}

function frameworkOf(
  { entry }: ServiceDescription,
  findings: ModelFindings,
): { framework: string; modelFormat: string } {
  const path = entry.kind === "model" ? entry.path : findings.artefacts[0]?.path;
  const artefact = findings.artefacts.find((each) => each.path === path);
  return {
    framework: artefact?.framework ?? findings.frameworks[0]?.name ?? "python",
    modelFormat: artefact?.format ?? "none",
  };
}

function sampleFor(
  source: string,
  findings: ModelFindings,
  args: ServiceBuildArgs,
  description: ServiceDescription,
): string | null {
  const file = args.sample ?? (findings.service.sample === null ? null : join(source, findings.service.sample));
  if (file === null) return sampleOf(description);
  if (!existsSync(file)) {
    throw new UnderlayError("sample-missing", `${file}, which has a request's body, is not there.`);
  }
  const text = readFileSync(file, "utf8");
  try {
    JSON.parse(text);
  } catch {
    throw new UnderlayError("sample-invalid", `${file} is no JSON.`, 'Write {"instances": [one input]}.');
  }
  return text;
}

/** What chose the versions of a lock, and why. */
const versionsText = ({ choice }: ServiceLock): string =>
  choice === null ? "by the user's lock" : `by ${choice.by}: ${choice.because}`;

/** Writes what a container engine builds by. */
async function writeBuild(
  folder: string,
  labels: LabelArgs,
  locked: LockedFor,
  args: ServiceBuildArgs,
  means: BuildingMeans,
): Promise<{ build: ServiceBuild; debian: readonly DebianPackage[] }> {
  const { packages, recipe, debian } = await recipeFor(locked, args, means);
  writeInstaller(folder, args.programs, locked.lock);
  writeFileSync(join(folder, "Dockerfile"), serviceDockerfile({ ...packages, ...labels }));
  writeFileSync(join(folder, ".dockerignore"), "requirements.lock\n**/__pycache__\n");
  return { build: { recipe, labels: serviceLabels(labels) }, debian };
}

/** Writes all files of a service into an empty folder. */
async function write(folder: string, args: ServiceBuildArgs, means: BuildingMeans): Promise<PreparedService> {
  const path = sourceAt(args.source);
  means.status(`source: ${path}`);
  const first = folderOf(path, join(folder, "aside"));
  const read = await findingsOf(first, readingMeans(args, means));
  const { source, findings } = await completed(first, read, args, means);
  const { choice, files, findings: served } = await staged(source, findings, args, means, folder);
  const names = [...files.modules, ...files.models, ...files.data];
  const digest = await digestOfFiles(source, names);
  const name = serviceName(args.name ?? basename(path));
  const options = { name, version: digest.slice(0, 12), trust: args.trust === true, batching: batchingOf(args) };
  const description = describe(served, choice, { ...options, entry: null });
  const python = pythonFor(served, args.python);
  const lock = await lockFor(served, description, python, args, means);
  means.status(`versions: ${versionsText(lock)}`);
  const sourceDigest = `sha256:${digest}`;
  const versions = lock.choice?.by ?? "the user's lock";
  const labels = { name, version: description.version, source: sourceDigest, lock: lock.digest, versions };
  const { build, debian } =
    args.as === "function"
      ? { build: null, debian: [] }
      : await writeBuild(folder, labels, { lock, python, findings: served }, args, means);
  writeServer(folder, args.programs, description);
  writeFileSync(join(folder, "requirements.lock"), lock.text);
  writeFileSync(join(folder, "service.json"), `${JSON.stringify(description, null, 2)}\n`);
  const models = await Promise.all(
    files.models.map(async (each) => ({ path: each, sha256: await digestOfFiles(source, [each]) })),
  );
  writeFileSync(
    join(folder, "sbom.cdx.json"),
    sbomOf({ name, version: description.version, packages: lock.packages, debian, models }),
  );
  const prepared = {
    ...{ folder, description, lock, python, sourceDigest, build, ...frameworkOf(description, served) },
    modelSha256: await digestOfFiles(source, files.models),
    modelBytes: files.models.reduce((sum, each) => sum + statSync(join(source, each)).size, 0),
    sample: sampleFor(source, findings, args, description),
    cuda: args.cuda === true,
  };
  rmSync(join(folder, "aside"), { recursive: true, force: true });
  return prepared;
}

/**
 * Writes the files of a service: Dockerfile, lock, server, source, models, bill of materials.
 *
 * @param args what is served, and how
 * @param output folder that they go into; must not be there or be empty
 * @throws UnderlayError as reading, choosing and locking do; `output-occupied`
 */
export async function prepareService(
  args: ServiceBuildArgs,
  output: string,
  machine: Machine,
  told: BuildTold,
): Promise<PreparedService> {
  const means = meansFor(machine, told);
  return means.inFolder(async (building) => {
    const prepared = await write(building, args, means);
    rmSync(output, { recursive: true, force: true });
    mkdirSync(dirname(output), { recursive: true });
    try {
      renameSync(building, output);
    } catch {
      cpSync(building, output, { recursive: true }); // Another file system.
    }
    pruneFolder("files");
    return { ...prepared, folder: output };
  });
}

/**
 * Builds the image of a service whose files are written; the same files give the same digest.
 *
 * @throws UnderlayError `command-failed` with the last lines of the step that failed
 */
export async function buildService(
  prepared: PreparedService,
  machine: Machine,
  told: BuildTold,
): Promise<ServiceImageFacts> {
  const means = meansFor(machine, told);
  const { folder, description, lock, python, sourceDigest, sample, cuda, build } = prepared;
  if (build === null) throw new RangeError("a function has no image");
  const { name, version } = description;
  const installer = installerFiles.map((file) => join("build", file));
  const inputs = ["Dockerfile", "service.json", "sbom.cdx.json", ...installer];
  const own = await digestOfFiles(folder, inputs);
  const tag = createHash("sha256").update(own).update(serverDigest(folder)).digest("hex").slice(0, 6);
  const reference = `localhost/underlay-service/${name}:${version}-${tag}`;
  const there = isNoted(reference) && (await hasImage(machine, reference));
  const started = performance.now();
  if (!there) {
    told.status(`image: ${reference}`);
    if (engineOf(machine).name === "podman") {
      await assembleImage(await packagesImage(build.recipe, means), folder, build.labels, reference, means);
    } else {
      await readyBases(build.recipe, means);
      await buildImage(folder, reference, means);
    }
  }
  const buildSec = there ? null : (performance.now() - started) / 1000;
  noteImage(reference);
  const [said] = await Promise.all([
    inspected(reference, machine),
    there ? undefined : pruneImages(reference, kept.images, machine),
  ]);
  const { framework, modelFormat, modelSha256, modelBytes } = prepared;
  return {
    ...{ reference, ...said, name, version, source: sourceDigest, lock: lock.digest },
    ...{
      packages: [...lock.packages],
      python,
      framework,
      modelFormat,
      modelSha256,
      modelBytes,
      buildSec,
      folder,
      sample,
      cuda,
      versions: versionsText(lock),
    },
  };
}
