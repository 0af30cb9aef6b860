import { existsSync, realpathSync, statSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import { type ModelFindings, modelFindingsSchema } from "../../workloads/model-service/findings.ts";
import type { Machine } from "../machine.ts";
import { executeInRoot } from "../root-program.ts";

/** Longest time for reading a source, in seconds. */
const timeoutSec = 180;
/** Where the program sees the source. */
const place = "/data/source";

/**
 * A source's own path, without links.
 *
 * @throws UnderlayError `source-not-found`, `source-invalid`
 */
export function sourceAt(path: string): string {
  if (!existsSync(path)) {
    throw new UnderlayError("source-not-found", `There is nothing at ${path}.`);
  }
  const source = realpathSync(path);
  const kind = statSync(source);
  if (!kind.isDirectory() && !kind.isFile()) {
    throw new UnderlayError("source-invalid", `${path} is neither a file nor a folder.`);
  }
  return source;
}

/**
 * Memory that the parser gave back stays with its process: modules are parsed one after the other, and getting the pages of
 * each anew took a quarter of the time. As glibc's `mallopt` has them, in bytes.
 */
const memory = {
  MALLOC_TRIM_THRESHOLD_: 268_435_456,
  MALLOC_MMAP_THRESHOLD_: 268_435_456,
  MALLOC_TOP_PAD_: 67_108_864,
};

/** What a source is read with. */
export interface ReadingMeans {
  readonly machine: Machine;
  /** Folder of the program that reads it. */
  readonly program: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a model's source in the shared root: isolated, without network, with nothing but the source to see, and without
 * running any of it.
 *
 * @param path A module, a notebook, a model's file, or a folder of these.
 * @throws UnderlayError `source-not-found`, `source-invalid`, `detection-failed`
 */
export async function findingsOf(path: string, { machine, program, signal }: ReadingMeans): Promise<ModelFindings> {
  const source = sourceAt(path);
  const target = statSync(source).isDirectory() ? place : `${place}/${basename(source)}`;
  const seen = [
    { source: program, target: "/data/program" },
    { source, target },
  ];
  const variables = Object.entries(memory).map(([name, bytes]) => `${name}=${String(bytes)}`);
  const argv = ["/usr/bin/env", ...variables, "/usr/bin/python3", "-I", "-S", "/data/program", target];
  try {
    const output = await executeInRoot(machine, argv, seen, { timeoutSec, signal });
    return modelFindingsSchema.parse(JSON.parse(output));
  } catch (thrown) {
    signal?.throwIfAborted();
    if (thrown instanceof UnderlayError && thrown.code !== "command-failed") throw thrown;
    const why = thrown instanceof z.ZodError ? z.prettifyError(thrown) : messageOf(thrown);
    throw new UnderlayError("detection-failed", `${path} could not be read: ${why}`, null, { cause: thrown });
  }
}
