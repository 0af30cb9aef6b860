import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { z } from "zod";
import { UnderlayError } from "../measure/error.ts";
import { execute } from "../provider/execute.ts";
import { type Machine, required } from "../provider/machine.ts";
import { indexEnvironment } from "../provider/python-lock.ts";
import { executeInRoot } from "../provider/root-program.ts";
import { detectionProgram, type ModelFindings, modelFindingsSchema } from "../workloads/index.ts";

const labelsSchema = z.object({
  sdists: z.array(z.object({ name: z.string(), version: z.string(), sha256: z.string(), folder: z.string() })),
  modules: z.record(z.string(), z.string().nullable()),
});

type Labels = z.infer<typeof labelsSchema>;

/** The labels, which were written by hand. */
export function readLabels(): Labels {
  return labelsSchema.parse(JSON.parse(readFileSync(new URL("detection-labels.json", import.meta.url), "utf8")));
}

/** The address of a source distribution, as uv knows it from its index. */
async function addressOf({ name, version }: Labels["sdists"][number], machine: Machine): Promise<string> {
  const { command } = required(machine, "uv", machine.uv);
  const argv = [command, "pip", "compile", "--no-config", "--no-deps", "--quiet", "--format", "pylock.toml", "-"];
  const lock = await execute(argv, { input: `${name}==${version}\n`, timeoutSec: 120, env: indexEnvironment() });
  const [, address] = /^sdist = \{ url = "([^"]+)"/m.exec(lock) ?? [];
  if (address === undefined) {
    throw new UnderlayError("sdist-missing", `The index has no source distribution of ${name} ${version}.`);
  }
  return address;
}

/** Gets a source distribution, holds it against its hash, and unpacks its examples; returns their folder. */
async function unpack(sdist: Labels["sdists"][number], machine: Machine, folder: string): Promise<string> {
  const response = await fetch(await addressOf(sdist, machine));
  const bytes = Buffer.from(await response.arrayBuffer());
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest !== sdist.sha256) {
    throw new UnderlayError(
      "sdist-changed",
      `${sdist.name} ${sdist.version} has the hash ${digest}, not ${sdist.sha256}.`,
    );
  }
  const target = join(folder, sdist.name);
  mkdirSync(target, { recursive: true });
  writeFileSync(`${target}.tar.gz`, bytes);
  const options = [
    "--extract",
    "--gzip",
    "--directory",
    target,
    "--strip-components=1",
    "--no-same-owner",
    "--wildcards",
  ];
  await execute(["tar", ...options, "--file", `${target}.tar.gz`, `*/${sdist.folder}/*.py`], { timeoutSec: 60 });
  return join(target, sdist.folder);
}

/** Modules below a folder. */
function modulesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".py"))
    .map((file) => join(folder, file))
    .sort();
}

/** Copies the examples in PyTorch's wheel, which set-up has by its hash: it has no source distribution. */
function pytorchExamples(machine: Machine, folder: string): string[] {
  const { directory } = required(machine, "pytorch", machine.pytorch);
  for (const place of ["torch/_export/db/examples", "torch/utils/benchmark/examples"]) {
    cpSync(join(directory, place), join(folder, place), { recursive: true });
  }
  return modulesBelow(join(folder, "torch"));
}

/**
 * Every example that the sources of Keras, scikit-learn and PyTorch come with.
 *
 * @param machine Has uv and PyTorch.
 * @param folder Where they are unpacked.
 */
export async function examples(machine: Machine, folder: string): Promise<string[]> {
  const { sdists } = readLabels();
  const unpacked: string[] = [];
  for (const sdist of sdists) {
    unpacked.push(...modulesBelow(await unpack(sdist, machine, folder)));
  }
  return [...unpacked, ...pytorchExamples(machine, folder)];
}

/** Reads each file as a source of its own, by the program and in the place that `underlay detect` uses. */
export async function findingsOfEach(
  machine: Machine,
  folder: string,
  files: readonly string[],
): Promise<ModelFindings[]> {
  const seen = [
    { source: detectionProgram, target: "/data/program" },
    { source: folder, target: "/data/source" },
  ];
  const places = files.map((file) => join("/data/source", relative(folder, file)));
  const argv = ["/usr/bin/python3", "-I", "-S", "/data/program", ...places];
  const output = await executeInRoot(machine, argv, seen, { timeoutSec: 900 });
  return output.split("\n").map((line) => modelFindingsSchema.parse(JSON.parse(line)));
}

/**
 * Distributions that a file needs by the rule of the labels: by its lines, not by its syntax.
 *
 * @param text Of the file.
 * @param modules Labels.
 * @param standard Modules of Python's own.
 * @throws UnderlayError `module-unlabelled`
 */
export function labelled(text: string, modules: Labels["modules"], standard: ReadonlySet<string>): Set<string> {
  const lines = [
    ...text.matchAll(/^[ \t]*(?:from[ \t]+([A-Za-z_]\w*)[\w.]*[ \t]+import\b|import[ \t]+([A-Za-z_][^#\n]*))/gm),
  ];
  const names = lines.flatMap(([, from, list]) =>
    from === undefined ? (list ?? "").split(",").map((part) => /^\s*([A-Za-z_]\w*)/.exec(part)?.[1] ?? "") : [from],
  );
  const found = new Set<string>();
  for (const name of names.filter((each) => each !== "" && !standard.has(each))) {
    const label = modules[name];
    if (label === undefined) {
      throw new UnderlayError("module-unlabelled", `There is no label for the module ${name}.`);
    }
    if (label !== null) found.add(label);
  }
  return found;
}
