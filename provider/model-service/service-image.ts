import { createHash } from "node:crypto";
import { lstatSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { type ServiceImageFacts, serviceImageSchema } from "../../measure/model-service.ts";
import { readMachine } from "../machine.ts";
import { programDigest } from "../program.ts";
import { digestOfFile } from "../record-file.ts";
import type { ResourceHandler, State } from "../resource-handler.ts";
import { hasImage } from "./engine-build.ts";
import { type ServiceImageInputs, serviceImageInputsSchema, serviceImageStateSchema } from "./inputs.ts";
import { buildService, prepareService, serviceName } from "./service-build.ts";
import { defaultOutput } from "./service-cache.ts";

/** Files over this size count by size and time: a preview cannot read 10 GB. */
const readUpTo = 64 * 1024 * 1024;

function contentOf(path: string): string {
  const { size, mtimeMs } = lstatSync(path);
  return size > readUpTo ? `${String(size)}@${String(mtimeMs)}` : (digestOfFile(path) ?? "");
}

/** What a source is, as one word: names and contents of all its files that are not hidden. */
function digestOfSource(source: string): string {
  if (statSync(source).isFile()) return contentOf(source);
  const hash = createHash("sha256");
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .sort()) {
    const name = relative(source, entry);
    if (name.split("/").some((part) => part.startsWith(".") || part === "__pycache__")) continue;
    hash.update(`${name}\0${contentOf(entry)}\0`);
  }
  return hash.digest("hex");
}

/** SHA-256 over a source and the programs that serve it, in hex. */
export function sourceDigest({ source, programs }: Pick<ServiceImageInputs, "source" | "programs">): string {
  return createHash("sha256")
    .update([digestOfSource(source), programDigest(programs)].join("\n"))
    .digest("hex");
}

function imageIn(state: State): ServiceImageFacts | null {
  const parsed = serviceImageSchema.safeParse(state["image"]);
  return parsed.success ? parsed.data : null;
}

/** The resource `ServiceImage`. */
export const serviceImageHandler: ResourceHandler<ServiceImageInputs> = {
  schema: serviceImageInputsSchema,
  stateSchema: serviceImageStateSchema,
  // The service that stands goes on while its next image is built: a new source is an update.
  updates: [
    "digest",
    "source",
    "programs",
    "entry",
    "make",
    "trust",
    "batching",
    "batchInputs",
    "batchWaitMs",
    "python",
    "cuda",
    "base",
    "lock",
    "sample",
    "mostModelMiB",
  ],
  complete: (inputs) => ({ ...inputs, digest: sourceDigest(inputs) }),
  create: async (inputs, operation) => {
    const image = await build(inputs, operation.signal, operation.progress);
    return { id: image.name, outputs: { ...inputs, image } };
  },
  update: async (_id, inputs, _state, operation) => ({
    ...inputs,
    image: await build(inputs, operation.signal, operation.progress),
  }),
  read: async (_id, _inputs, state) => {
    const image = imageIn(state);
    return image !== null && (await hasImage(readMachine(), image.reference)) ? state : null;
  },
  // The image stays in the engine, as all that can be made again.
  delete: () => Promise.resolve(),
};

interface Teller {
  status(line: string): void;
  info(line: string): void;
}

async function build(inputs: ServiceImageInputs, signal: AbortSignal, progress: Teller): Promise<ServiceImageFacts> {
  const machine = readMachine();
  const { name: resource, service, digest: _digest, ...rest } = inputs;
  const name = serviceName(service ?? resource);
  const told = {
    signal,
    status: (line: string) => {
      progress.status(line);
    },
  };
  const prepared = await prepareService({ ...rest, name }, defaultOutput(`${name}-${resource}`), machine, told);
  const image = await buildService(prepared, machine, told);
  const size = `${(image.bytes / 1024 ** 2).toFixed(0)} MiB`;
  progress.info(`image ${image.reference}: ${image.digest.slice(0, 19)}…, ${size}`);
  return image;
}
