import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type FunctionPackageFacts, functionPackageSchema, packageFit } from "../../measure/function-package.ts";
import { execute } from "../execute.ts";
import { functionCache } from "../function-package.ts";
import { readMachine, required } from "../machine.ts";
import { indexEnvironment } from "../python-lock.ts";
import type { Operation, ResourceHandler } from "../resource-handler.ts";
import { executeInRoot } from "../root-program.ts";
import { type ServiceFunctionInputs, serviceFunctionInputsSchema, serviceFunctionStateSchema } from "./inputs.ts";
import { functionPlatform, type PreparedService, prepareService, serviceName } from "./service-build.ts";
import { defaultOutput } from "./service-cache.ts";
import { sourceDigest } from "./service-image.ts";

/** Python of the functions, by their runtime. */
const python = "3.11";
/** Longest time to install, and to write the archive, in seconds. */
const limits = { install: 1200, archive: 900 };

const writtenSchema = functionPackageSchema.pick({ sha256: true, bytes: true, unzippedBytes: true, parts: true });

/** Installs the lock's wheels for where the function runs; nothing of them is run. */
async function install(prepared: PreparedService, folder: string, { signal }: Operation): Promise<string> {
  const machine = readMachine();
  const target = join(folder, "packages");
  const options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-config", "--quiet"];
  const where = ["--python-version", python, "--python-platform", functionPlatform, "--target", target];
  const lock = join(prepared.folder, "requirements.lock");
  const uv = required(machine, "uv", machine.uv).command;
  await execute([uv, "pip", "install", ...options, ...where, "--requirement", lock], {
    ...{ timeoutSec: limits.install, signal },
    env: indexEnvironment(),
  });
  return target;
}

async function archiveOf(
  prepared: PreparedService,
  programs: string,
  folder: string,
  operation: Operation,
): Promise<FunctionPackageFacts> {
  const packages = await install(prepared, folder, operation);
  const seen = [
    { source: programs, target: "/data/programs" },
    { source: join(programs, "..", "serving", "package"), target: "/data/archive" },
    { source: packages, target: "/data/packages" },
    { source: prepared.folder, target: "/data/service" },
    { source: folder, target: "/data/out", writable: true },
  ];
  const argv = ["/usr/bin/env", "PYTHONPATH=/data/archive", "python3", "/data/programs/build/package.py"];
  const options = { service: "/data/service", packages: "/data/packages", archive: "/data/out/package.zip" };
  const output = await executeInRoot(readMachine(), argv, seen, {
    ...{ input: JSON.stringify(options), timeoutSec: limits.archive, signal: operation.signal },
  });
  const written = writtenSchema.parse(JSON.parse(output));
  const path = join(functionCache(), "packages", `${written.sha256}.zip`);
  mkdirSync(join(functionCache(), "packages"), { recursive: true });
  renameSync(join(folder, "package.zip"), path);
  const { description, modelSha256: sha256, modelBytes } = prepared;
  return {
    ...{ ...written, path, handler: "model_server.handler.handler", runtime: "python3.11", modelPath: prepared.folder },
    architecture: process.arch === "arm64" ? "arm64" : "x86_64",
    model: { name: description.name, sha256, bytes: Math.max(1, modelBytes), weights: "trained" },
    modelIn: "package",
  };
}

async function build(inputs: ServiceFunctionInputs, operation: Operation): Promise<FunctionPackageFacts> {
  const { name: resource, service, digest: _digest, ...rest } = inputs;
  const name = serviceName(service ?? resource);
  const told = {
    signal: operation.signal,
    status: (line: string) => {
      operation.progress.status(line);
    },
  };
  const output = defaultOutput(`${name}-${resource}-function`);
  const prepared = await prepareService({ ...rest, name, python, as: "function" }, output, readMachine(), told);
  const folder = mkdtempSync(join(functionCache(), ".building-"));
  try {
    return await archiveOf(prepared, inputs.programs, folder, operation);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The resource `ServiceFunction`. */
export const serviceFunctionHandler: ResourceHandler<ServiceFunctionInputs> = {
  schema: serviceFunctionInputsSchema,
  stateSchema: serviceFunctionStateSchema,
  updates: [],
  complete: (inputs) => ({ ...inputs, digest: sourceDigest(inputs) }),
  broken: (state) => {
    const archive = functionPackageSchema.safeParse(state["archive"]);
    return archive.success && existsSync(archive.data.path) ? null : "its archive is gone";
  },
  create: async (inputs, operation) => {
    const archive = await build(inputs, operation);
    const { way, lines } = packageFit(archive);
    for (const line of lines) operation.progress.info(line);
    if (way === null || way === "image") {
      operation.progress.warn(
        "It is too large for a zip archive of AWS Lambda: port the model to ONNX, or use a container.",
      );
    }
    return { id: archive.sha256, outputs: { ...inputs, archive } };
  },
  read: (_id, _inputs, state) => Promise.resolve(serviceFunctionHandler.broken?.(state) === null ? state : null),
  // The archive stays in the cache, as all that can be made again.
  delete: () => Promise.resolve(),
};
