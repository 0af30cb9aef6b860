import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { liveImage } from "../catalogue/images/index.ts";
import type { GraphCompiler } from "../catalogue/images/schema.ts";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { fitPerformanceModel, type PerformanceData, readPerformanceModel } from "../measure/performance-model.ts";
import type { Benchmark, Observation, Target } from "../measure/performance/point.ts";
import { execute } from "../provider/execute.ts";
import { cacheDirectory, readMachine, required } from "../provider/machine.ts";
import { performanceModelText } from "../report/performance-model.ts";
import { recordFiles } from "./record-files.ts";

/** Options of `underlay performance-model`, as they were typed. */
export interface PerformanceModelOptions {
  readonly probe?: string;
  readonly target: string;
  readonly addTo?: string;
  readonly out: string;
  readonly json?: boolean;
}

const probeProgram = fileURLToPath(new URL("../workloads/optimised-training/run/probe.py", import.meta.url));

const rate = z.object({ value: z.number().positive() });
const probeSchema = z.object({
  schema: z.literal("underlay/probe/1"),
  cores: z.number().int().positive(),
  triad: rate,
  gemm: rate,
});

const epochsSchema = z.object({
  schema: z.literal("underlay/epochs/1"),
  model: z.enum(["mnist-cnn", "resnet-50"]),
  framework: z.enum(["tensorflow", "pytorch"]),
  version: z.string(),
  compiler: z.enum(["none", "xla", "inductor"]),
  batch: z.number().int().positive(),
  settings: z.object({ onednn: z.enum(["on", "off"]) }),
  steps: z.object({ seconds: z.number().positive(), images: z.number().int().positive() }),
  parameters: z.number().int().positive(),
  flops_per_image: z.number().positive().nullable(),
  finished: z.literal(true),
});

/** Benchmarks as requests and measurements name them. */
const benchmarkNames = { "mnist-cnn": "mnist-cnn", "resnet-50": "resnet50-imagenet" } as const;

function parse<T>(schema: z.ZodType<T>, path: string, what: string): { readonly value: T; readonly sha256: string } {
  try {
    const text = readFileSync(path, "utf8");
    return { value: schema.parse(JSON.parse(text)), sha256: createHash("sha256").update(text).digest("hex") };
  } catch (thrown) {
    const why = thrown instanceof z.ZodError ? z.prettifyError(thrown) : messageOf(thrown);
    throw new UnderlayError("records-invalid", `${path} is no ${what}: ${why}`, null, { cause: thrown });
  }
}

function targetOf(probed: string, name: string): Target {
  const { value: probe } = parse(probeSchema, probed, "result of the probe");
  const { cores, gemm, triad } = probe;
  return { name, cores, peakFlops: gemm.value, memoryBandwidth: triad.value, networkBandwidth: null };
}

function imageOf(framework: string, version: string, path: string): { id: string; build: Observation["build"] } {
  const found = liveImage(framework, version);
  if (found !== undefined) return { id: found.id, build: found.build.kind };
  throw new UnderlayError(
    "image-unknown",
    `${path} is of ${framework} ${version}, which the catalogue has no image of.`,
  );
}

/**
 * What records of trainings by epochs say of one target.
 *
 * @param files The records.
 * @param probed File of what the probe measured of the target.
 * @param name Of the target.
 * @throws UnderlayError `records-invalid`, `image-unknown`
 */
export function performanceData(files: readonly string[], probed: string, name: string): PerformanceData {
  const target = targetOf(probed, name);
  const benchmarks = new Map<string, Benchmark>();
  const observations = files.flatMap((path): Observation[] => {
    const { value: record, sha256 } = parse(epochsSchema, path, "record of a training by epochs");
    if (record.flops_per_image === null) return []; // Without it the model cannot tell one benchmark from another.
    const { framework, batch, parameters, compiler, settings, steps } = record;
    const benchmark = benchmarkNames[record.model];
    benchmarks.set(benchmark, { name: benchmark, flopsPerImage: record.flops_per_image, parameters, dtype: "float32" });
    const { id: image, build } = imageOf(framework, record.version, path);
    const compilers: GraphCompiler[] = [
      ...(settings.onednn === "on" ? ["onednn" as const] : []),
      ...(compiler === "none" ? [] : [compiler]),
    ];
    const secondsPerImage = steps.seconds / steps.images;
    const at = { benchmark, batch, target: target.name, secondsPerImage, record: sha256 };
    return [{ image, framework, build, compilers, ...at }];
  });
  return { benchmarks: [...benchmarks.values()], targets: [target], observations };
}

/** Both together: a benchmark or target of the new data takes the place of that of the same name. */
export function withData(before: PerformanceData, now: PerformanceData): PerformanceData {
  const others = <T extends { readonly name: string }>(old: readonly T[], fresh: readonly T[]): T[] => [
    ...old.filter(({ name }) => !fresh.some((each) => each.name === name)),
    ...fresh,
  ];
  const known = new Set(before.observations.map(({ record }) => record));
  return {
    benchmarks: others(before.benchmarks, now.benchmarks),
    targets: others(before.targets, now.targets),
    observations: [...before.observations, ...now.observations.filter(({ record }) => !known.has(record))],
  };
}

/** What the probe measures of this machine, in a file of the cache; it takes half a minute. */
async function probeHere(): Promise<string> {
  const machine = readMachine();
  const python = required(machine, "python", machine.python).command;
  process.stderr.write("probing this machine\n");
  const printed = await execute([python, "-B", probeProgram], { timeoutSec: 600 });
  const file = join(cacheDirectory(), "probes", "training.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${printed}\n`);
  return file;
}

/**
 * Fits a performance model to records, prints how far off it is on images that it had not seen, and stores it.
 *
 * @param paths Records of trainings by epochs, or folders of them, all of one target.
 * @returns 0
 */
export async function fitModel(paths: readonly string[], options: PerformanceModelOptions): Promise<number> {
  const files = recordFiles(paths, (name) => name.endsWith(".json") && name !== "request.json", false);
  const now = performanceData(files, options.probe ?? (await probeHere()), options.target);
  const before =
    options.addTo === undefined ? null : readPerformanceModel(readFileSync(options.addTo, "utf8"), options.addTo);
  const data = before === null ? now : withData(before.file, now);
  const { file } = fitPerformanceModel(data, new Date().toISOString());
  mkdirSync(dirname(options.out), { recursive: true });
  writeFileSync(options.out, `${JSON.stringify(file, null, 2)}\n`);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(file, null, 2)}\n`
      : `${performanceModelText(file)}model: ${options.out}\n`,
  );
  return 0;
}
