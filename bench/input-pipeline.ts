import { readFileSync } from "node:fs";
import { z } from "zod";
import { imagenetDataSet } from "../cli/data-set.ts";
import { parseRecord } from "../measure/parse-record.ts";
import type { BlockLine } from "../measure/record.ts";
import { resultsSchema } from "../measure/results.ts";
import { median } from "../measure/statistics.ts";
import { executeAt, identityVariables } from "../provider/execute.ts";
import { measurementInputsSchema } from "../provider/inputs.ts";
import { measurementHandler } from "../provider/measurement.ts";
import { programPlace } from "../provider/program.ts";
import { type ModelName, trainingPlan } from "../workloads/index.ts";
import type { Bench, Progress } from "./bench.ts";
import { type BenchHost, type BenchPlace, withHosts } from "./hosts.ts";

/** AlexNet is the model that asks most of the pipeline: it trains fastest. */
const models: readonly ModelName[] = ["alexnet", "resnet50"];
const blocks = 5;
const steps = 4;
const dataSet = { bytes: 64_000_000, seed: 1, shards: 8 };
const place = "/data/imagenet";

/** What a model's training and its input pipeline do on one core. */
interface Rates {
  /** Images per second of the pipeline alone. */
  readonly decode: number;
  /** Images per second of training on images that need no pipeline. */
  readonly synthetic: number;
  /** Images per second of training on images out of the pipeline. */
  readonly imagenet: number;
  /** Share of the block that the training waited for the pipeline; null when a block's record does not say it. */
  readonly inputBoundFraction: number | null;
}

const nameOf = (model: ModelName): string => `input-pipeline-${model}`;

async function blocksOf(bench: BenchPlace, host: BenchHost, model: ModelName): Promise<BlockLine[]> {
  const inputs = measurementInputsSchema.parse({
    name: nameOf(model),
    runId: bench.runId,
    hosts: [host],
    baseline: host.environment,
    plan: trainingPlan({ model, rounds: 1, blocks, steps, imagenet: place }),
    recordDirectory: bench.directory,
  });
  const { outputs } = await measurementHandler.create(inputs, bench.operation);
  const { record } = resultsSchema.parse(outputs["results"]);
  return parseRecord(readFileSync(record.path, "utf8")).filter((line) => line.type === "block");
}

/** Runs the pipeline alone in the program that the measurement before shipped. */
async function decodeRate(bench: BenchPlace, host: BenchHost, model: ModelName): Promise<number> {
  const { options } = trainingPlan({ model, imagenet: place });
  const program = programPlace({ runId: bench.runId, name: nameOf(model) }, host.environment);
  const words = [program, JSON.stringify({ ...options, series: { imagenet: { directory: place } } })];
  const input = readFileSync(new URL("decode-alone.py", import.meta.url));
  const env = identityVariables(bench.runId, host.environment);
  const argv = ["python3", "-", ...words, String(blocks), String(steps)];
  const printed = await executeAt(host.connection, argv, { input, timeoutSec: 300, env });
  return median(z.array(z.number()).parse(JSON.parse(printed))) ?? Number.NaN;
}

async function ratesOf(bench: BenchPlace, host: BenchHost, model: ModelName, progress: Progress): Promise<Rates> {
  const all = await blocksOf(bench, host, model);
  const of = (series: string): BlockLine[] => all.filter((block) => block.series === series);
  const rate = (series: string): number =>
    median(of(series).map(({ items, seconds }) => items / seconds)) ?? Number.NaN;
  const fractions = of("imagenet").flatMap(({ metrics }) => metrics["inputBoundFraction"] ?? []);
  const told = fractions.length === blocks ? median(fractions) : null;
  const decode = await decodeRate(bench, host, model);
  const rates = { decode, synthetic: rate("synthetic"), imagenet: rate("imagenet"), inputBoundFraction: told };
  progress(`${model}: ${JSON.stringify(rates)}`);
  return rates;
}

/** The rate of the input pipeline alone against that of training, on one core. */
export const inputPipeline: Bench = {
  name: "input-pipeline",
  title: "Images/s of reading and decoding alone ÷ of training on synthetic images, one core, the lower of two models",
  goal: "≥ 1, or the record tells the wait",
  unit: "ratio",
  run: async (progress) => {
    const { directory } = await imagenetDataSet(dataSet);
    return withHosts(progress, async (bench) => {
      const host = await bench.host("process", { volumes: [{ source: directory, target: place }] });
      const rates: Partial<Record<ModelName, Rates>> = {};
      for (const model of models) {
        rates[model] = await ratesOf(bench, host, model, progress);
      }
      const measured = Object.values(rates);
      const value = Math.min(...measured.map(({ decode, synthetic }) => decode / synthetic));
      const told = measured.every(({ inputBoundFraction }) => inputBoundFraction !== null);
      return { value, n: blocks, interval: null, pass: value >= 1 || told, detail: rates };
    });
  },
};
