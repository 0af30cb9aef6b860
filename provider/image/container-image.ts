import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type BuiltImage, builtImageSchema } from "../../measure/built-image.ts";
import { UnderlayError } from "../../measure/error.ts";
import { execute } from "../execute.ts";
import { cacheDirectory, type Machine, markUsed, readMachine } from "../machine.ts";
import { programDigest } from "../program.ts";
import { digestOfFile } from "../record-file.ts";
import type { Operation, ResourceHandler } from "../resource-handler.ts";
import { assemble, digestOfTree, removeTree } from "./assemble.ts";
import { conversionCommands } from "./conversion.ts";
import { type BasePlaces, definitionFile } from "./definition-file.ts";
import { type ImageDescription, imageDescriptionSchema } from "./description.ts";
import { dockerfile } from "./dockerfile.ts";
import { programOnPath } from "./from-registry.ts";

/** Inputs of an image. */
export const containerImageInputsSchema = z.strictObject({
  name: z.string(),
  description: imageDescriptionSchema,
  /** Filled in by the provider: other files make another image. */
  digest: z.string().optional(),
});

type ContainerImageInputs = z.infer<typeof containerImageInputsSchema>;

/** Grows when the making changes what comes out though no description does. */
const revision = 1;

/** What a file or folder is, as far as an image follows from it; what lies in the cache is named by its content. */
function contentOf(source: string): string {
  if (!existsSync(source)) {
    throw new UnderlayError("image-file-missing", `${source} goes into the image, and is not there.`);
  }
  if (source.startsWith(`${cacheDirectory()}/`)) return source;
  return statSync(source).isDirectory() ? programDigest(source) : (digestOfFile(source) ?? "");
}

/** Names everything that an image is made from. */
function keyOf(description: ImageDescription, machine: Machine): string {
  const base = description.base.kind === "root" ? (machine.root?.digest ?? "") : "";
  const files = description.files.map(({ source, target }) => [contentOf(source), target]);
  const parts = [revision, process.arch, base, { ...description, files }];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}

/** Definition file and Dockerfile of an image, beside what they describe. */
function writeDefinitions(folder: string, description: ImageDescription, places: BasePlaces): void {
  writeFileSync(join(folder, "image.def"), definitionFile(description, places));
  if (description.base.kind !== "root" || places.rootReference !== null) {
    writeFileSync(join(folder, "Dockerfile"), dockerfile(description, places));
  }
}

async function build(
  folder: string,
  description: ImageDescription,
  machine: Machine,
  operation: Operation,
): Promise<void> {
  const { signal, progress } = operation;
  const tree = join(folder, "tree");
  const places = {
    root: machine.root?.directory ?? "",
    rootReference: machine.containerEngine?.image.reference ?? null,
  };
  const status = (line: string): void => {
    progress.status(line);
  };
  writeDefinitions(folder, description, places);
  const builder = await assemble(description, tree, { machine, folder, signal, status });
  status(`digest of ${description.id}`);
  const digest = await digestOfTree(tree, signal);
  const apptainer = await programOnPath("apptainer");
  if (apptainer !== null) {
    const sif = { form: "sif", path: join(folder, "image.sif") } as const;
    for (const argv of conversionCommands({ form: "folder", path: tree }, sif, { apptainer, podman: null })) {
      await execute(argv, { timeoutSec: 86_400, signal });
    }
  }
  writeFileSync(
    join(folder, "image.json"),
    `${JSON.stringify({ id: description.id, digest, environment: description.environment, builder })}\n`,
  );
}

const writtenSchema = builtImageSchema.pick({ id: true, digest: true, environment: true, builder: true });

function builtIn(folder: string): BuiltImage {
  const written = writtenSchema.parse(JSON.parse(readFileSync(join(folder, "image.json"), "utf8")));
  const fileIfThere = (name: string): string | null => (existsSync(join(folder, name)) ? join(folder, name) : null);
  return {
    ...written,
    directory: join(folder, "tree"),
    file: fileIfThere("image.sif"),
    definitions: { apptainer: join(folder, "image.def"), docker: fileIfThere("Dockerfile") },
  };
}

/**
 * Builds an image, or finds it in the cache: the same description of the same files is built once.
 *
 * @throws UnderlayError `command-failed` with the last lines of the step that failed; nothing half built stays
 */
export async function builtImage(description: ImageDescription, operation: Operation): Promise<BuiltImage> {
  const machine = readMachine();
  const parent = join(cacheDirectory(), "images");
  const target = join(parent, keyOf(description, machine));
  if (existsSync(join(target, "image.json"))) {
    markUsed(target);
    operation.progress.info(`image ${description.id}: built before, ${target}`);
    return builtIn(target);
  }
  // Set-up removes folders of this name that a killed build left.
  mkdirSync(parent, { recursive: true });
  const building = mkdtempSync(join(parent, ".building-"));
  try {
    await build(building, description, machine, operation);
    if (!existsSync(target)) renameSync(building, target);
  } finally {
    await removeTree(building);
  }
  const made = builtIn(target);
  operation.progress.info(`image ${made.id}: ${made.digest.slice(0, 19)}… by ${made.builder}, ${target}`);
  return made;
}

/** What an image is made from, as one word; undefined where this machine cannot tell. */
function sourceDigest(description: ImageDescription): string | undefined {
  try {
    return keyOf(description, readMachine());
  } catch {
    return undefined; // Making it says what is missing.
  }
}

/** The resource `ContainerImage`. */
export const containerImageHandler: ResourceHandler<ContainerImageInputs> = {
  schema: containerImageInputsSchema,
  updates: [],
  complete: (inputs) => {
    const digest = sourceDigest(inputs.description);
    return digest === undefined ? inputs : { ...inputs, digest };
  },
  broken: (state) => {
    const image = builtImageSchema.safeParse(state["image"]);
    return image.success && existsSync(image.data.directory) ? null : "its folder is gone";
  },
  create: async (inputs, operation) => {
    operation.progress.status(`building ${inputs.description.id}`);
    const image = await builtImage(inputs.description, operation);
    return { id: image.digest, outputs: { ...inputs, image } };
  },
  read: (_id, _inputs, state) => Promise.resolve(containerImageHandler.broken?.(state) === null ? state : null),
  // The image stays in the cache, as all that can be made again.
  delete: () => Promise.resolve(),
};
