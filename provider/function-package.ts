import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import { servedModelSchema } from "../measure/endpoint.ts";
import { type FunctionPackageFacts, functionPackageSchema, packageFit } from "../measure/function-package.ts";
import {
  type FunctionPackageInputs,
  functionPackageInputsSchema,
  functionPackageStateSchema,
} from "./function-inputs.ts";
import { cacheDirectory, type Machine, readMachine, required } from "./machine.ts";
import { programDigest } from "./program.ts";
import { digestOfFile } from "./record-file.ts";
import type { Operation, ResourceHandler } from "./resource-handler.ts";
import { executeInRoot, type Seen } from "./root-program.ts";

/** Longest time for an export and an archive, in seconds. */
const buildTimeoutSec = 900;

/** Folders of the programs that a package is made by and of. */
const programFolders = ["function", "models", "package"];

/** Folder of all that packages are made of and unpacked to: content-addressed, and made again when it is gone. */
export function functionCache(): string {
  const folder = join(cacheDirectory(), "functions");
  mkdirSync(folder, { recursive: true });
  return folder;
}

const builtSchema = functionPackageSchema
  .pick({ sha256: true, bytes: true, unzippedBytes: true, parts: true })
  .extend({ archive: z.string(), modelFile: z.string(), model: servedModelSchema });

/** The photograph that a package is shipped with: the first of set-up's. */
function photographOf(machine: Machine): string {
  const { directory } = required(machine, "photographs", machine.photographs);
  const first = readdirSync(directory).sort()[0];
  if (first === undefined) {
    throw new UnderlayError("photographs-missing", `${directory} has no photograph.`, "Run `npx underlay setup`.");
  }
  return join(directory, first);
}

/** What the program that builds sees of this machine. */
function seenBy({ directory, weights }: FunctionPackageInputs, machine: Machine): Seen[] {
  const { packages, torchvision } = required(machine, "serving", machine.serving);
  const pytorch = required(machine, "pytorch", machine.pytorch).directory;
  return [
    { source: functionCache(), target: "/data/cache", writable: true },
    { source: directory, target: "/data/program" },
    { source: packages, target: "/data/packages" },
    { source: torchvision, target: "/data/torchvision" },
    { source: pytorch, target: "/data/pytorch" },
    { source: photographOf(machine), target: "/data/image.jpg" },
    ...(weights === undefined ? [] : [{ source: weights, target: "/data/weights.pth" }]),
  ];
}

async function build(inputs: FunctionPackageInputs, { signal }: Operation): Promise<FunctionPackageFacts> {
  const machine = readMachine();
  const { model, seed, modelIn, weights } = inputs;
  const options = {
    ...{ model, seed, modelIn, cache: "/data/cache", packages: "/data/packages", image: "/data/image.jpg" },
    weights: weights === undefined ? null : "/data/weights.pth",
  };
  const command = ["/usr/bin/env", "PYTHONPATH=/data/program/models:/data/torchvision:/data/pytorch", "python3"];
  const output = await executeInRoot(machine, [...command, "/data/program/package/build.py"], seenBy(inputs, machine), {
    input: JSON.stringify(options),
    timeoutSec: buildTimeoutSec,
    signal,
  });
  const { archive, modelFile, ...built } = builtSchema.parse(JSON.parse(output));
  return {
    ...built,
    path: join(functionCache(), archive),
    modelPath: join(functionCache(), modelFile),
    handler: "handler.handler",
    runtime: "python3.11",
    architecture: process.arch === "arm64" ? "arm64" : "x86_64",
    modelIn,
  };
}

/** SHA-256 over what a package is made from, beside its inputs; undefined where this machine cannot make one. */
function sourceDigest({ directory, weights }: FunctionPackageInputs): string | undefined {
  try {
    const { root, serving, pytorch, photographs } = readMachine();
    const versions = [root?.digest, serving?.key, pytorch?.version, photographs?.digest].map(String);
    const own = weights === undefined ? "" : (digestOfFile(weights) ?? "");
    return createHash("sha256")
      .update([...programFolders.map((folder) => programDigest(join(directory, folder))), ...versions, own].join("\n"))
      .digest("hex");
  } catch {
    return undefined; // Making it says what is missing.
  }
}

/** The resource `FunctionPackage`. */
export const functionPackageHandler: ResourceHandler<FunctionPackageInputs> = {
  schema: functionPackageInputsSchema,
  stateSchema: functionPackageStateSchema,
  updates: [],
  complete: (inputs) => {
    const digest = sourceDigest(inputs);
    return digest === undefined ? inputs : { ...inputs, digest };
  },
  broken: (state) => {
    const archive = functionPackageSchema.safeParse(state["archive"]);
    return archive.success && existsSync(archive.data.path) ? null : "its archive is gone";
  },
  create: async (inputs, operation) => {
    operation.progress.status(`packaging ${inputs.model}`);
    const archive = await build(inputs, operation);
    const { way, lines } = packageFit(archive);
    for (const line of lines) {
      operation.progress.info(line);
    }
    if (way === null || way === "image") {
      operation.progress.warn(
        "It is too large for a zip archive of AWS Lambda: leave the model in a store, or use an image.",
      );
    }
    return { id: archive.sha256, outputs: { ...inputs, archive } };
  },
  read: (_id, _inputs, state) => Promise.resolve(functionPackageHandler.broken?.(state) === null ? state : null),
  // The archive stays in the cache, as all that can be made again.
  delete: () => Promise.resolve(),
};
