import { createHash } from "node:crypto";
import {
  constants,
  copyFileSync,
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { UnderlayError } from "../../measure/error.ts";
import type { ModelFindings } from "../../workloads/model-service/findings.ts";
import type { ServiceChoice } from "../../workloads/model-service/service.ts";

const mebibyte = 1024 * 1024;

/** Most bytes of all models of a service, unless told. */
export const defaultMostModelMiB = 4096;

/** What a function may read beside its modules: labels, vocabularies, settings. */
const besides = /\.(?:json|txt|csv|tsv|ya?ml|toml|labels|names|vocab|model|npy|npz)$/i;
/** Limits of that: each file, and how many. */
const mostBesides = { bytes: mebibyte, files: 200 };
const declarations = new Set(["requirements.txt", "pyproject.toml", "setup.cfg", "Pipfile", "environment.yml"]);

/** What of a source goes into a service, from the source's folder. */
export interface Staged {
  readonly modules: readonly string[];
  /** Files of models. */
  readonly models: readonly string[];
  readonly data: readonly string[];
}

function regularFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A file of the source by the name that detection printed; names that a terminal would obey are printed otherwise. */
function fileAt(source: string, name: string): string {
  const path = join(source, name);
  if (!existsSync(path) || relative(source, path).startsWith("..")) {
    throw new UnderlayError(
      "name-unusable",
      `The file that is shown as ${JSON.stringify(name)} has a name with control characters or bytes that are no text.`,
      "Rename it.",
    );
  }
  return path;
}

function modelsOf(source: string, findings: ModelFindings, { entry, modules }: ServiceChoice): string[] {
  const named = new Set(
    findings.loads.filter(({ file }) => modules.includes(file)).map(({ path }) => path.split("/").at(-1)),
  );
  const wanted =
    entry.kind === "model"
      ? [entry.path]
      : findings.artefacts
          .map(({ path }) => path)
          // Where the code does not say which, all of them.
          .filter((path) => named.size === 0 || named.has(path.split("/").at(-1)));
  return wanted.flatMap((name) => {
    const path = fileAt(source, name);
    return statSync(path).isDirectory() ? regularFiles(path).map((file) => relative(source, file)) : [name];
  });
}

function dataOf(source: string, taken: ReadonlySet<string>): string[] {
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && (besides.test(entry.name) || declarations.has(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (path) =>
        !relative(source, path)
          .split("/")
          .some((part) => part.startsWith(".") || part === "node_modules"),
    )
    .filter((path) => lstatSync(path).size <= mostBesides.bytes)
    .map((path) => relative(source, path))
    .filter((name) => !taken.has(name))
    .sort()
    .slice(0, mostBesides.files);
}

/**
 * What of a source goes into a service: the modules that are reached, the models, and small files of data beside them.
 *
 * @param source A folder.
 * @throws UnderlayError `name-unusable`, `model-too-large`
 */
export function stagedFiles(
  source: string,
  findings: ModelFindings,
  choice: ServiceChoice,
  mostModelMiB: number,
): Staged {
  const models = modelsOf(source, findings, choice);
  const bytes = models.reduce((sum, name) => sum + statSync(join(source, name)).size, 0);
  if (bytes > mostModelMiB * mebibyte) {
    throw new UnderlayError(
      "model-too-large",
      `The models have ${(bytes / mebibyte).toFixed(0)} MiB; ${String(mostModelMiB)} MiB are allowed in an image.`,
      "Allow more with --most-model-mib, or serve it from a store.",
    );
  }
  const { modules } = choice;
  modules.forEach((name) => fileAt(source, name));
  return {
    modules,
    models,
    data: choice.entry.kind === "model" ? [] : dataOf(source, new Set([...modules, ...models])),
  };
}

/** Copies files below another folder. Links are not followed: what is copied is a file of the source. */
export function copyFiles(source: string, names: readonly string[], target: string): void {
  for (const name of names) {
    const from = join(source, name);
    if (!lstatSync(from).isFile()) {
      throw new UnderlayError(
        "file-irregular",
        `${name} is no regular file of the source.`,
        "Replace the link by a file.",
      );
    }
    const to = join(target, name);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}

/** SHA-256 of a file of any size. */
export async function sha256Of(file: string): Promise<Buffer> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: mebibyte })) hash.update(chunk as Buffer);
  return hash.digest();
}

/** SHA-256 over names and contents of files, in hex. */
export async function digestOfFiles(source: string, names: readonly string[]): Promise<string> {
  const whole = createHash("sha256");
  for (const name of names.toSorted()) whole.update(`${name}\0`).update(await sha256Of(join(source, name)));
  return whole.digest("hex");
}
