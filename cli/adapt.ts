import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { catalogueModel } from "../catalogue/models/index.ts";
import type { CatalogueModel } from "../catalogue/models/schema.ts";
import { adaptationOf } from "../measure/adaptation.ts";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { readMachine } from "../provider/machine.ts";
import { executeInRoot, type Seen } from "../provider/root-program.ts";
import {
  adaptAnswerSchema,
  type Adapted,
  type AdaptSettings,
  smallNetwork,
  transferProgram,
  workloadsFolder,
} from "../workloads/index.ts";
import { clothesSet } from "./clothes-set.ts";
import { type AdaptReport, adaptText } from "./adapt-text.ts";
import { seedOf } from "./drawn-set.ts";
import { Interruption } from "./interruption.ts";
import { wholeOf } from "./options.ts";
import { ProgressLines } from "./progress-lines.ts";

/** Longest time of an adaptation, in seconds. */
const timeoutSec = 4 * 3600;

/** Options of `underlay models adapt`, as they were typed. */
export interface AdaptOptions {
  readonly data?: string;
  readonly source?: string;
  readonly weights?: string;
  readonly out: string;
  readonly images: string;
  readonly repetitions: string;
  readonly seed: string;
  readonly sourceEpochs: string;
  readonly headEpochs: string;
  readonly fineEpochs: string;
  readonly batch: string;
  readonly threads: string;
  readonly json?: boolean;
}

/** What serves an adapted model: a source that `underlay detect` and what follows it read. */
const servedBy = `"""What the served model does with one request."""

import keras
import numpy as np

model = keras.models.load_model("model.keras")


def predict(picture):
    """Take 28 rows of 28 grey values between 0 and 255; give the number of the class and its score."""
    image = np.asarray(picture, dtype="float32").reshape(1, 28, 28, 1)
    scores = model.predict(image, verbose=0)[0]
    best = int(np.argmax(scores))
    return {"class": best, "score": float(scores[best])}
`;

function folderOf(option: string, path: string): string {
  if (existsSync(path) && statSync(path).isDirectory()) return realpathSync(path);
  throw new UnderlayError(
    "option-invalid",
    `${option} is "${path}", which is no folder.`,
    "Give a folder of IDX files.",
  );
}

/** Weights of a well-known network: a file, or what Keras keeps on this machine. */
function weightsOf(file: string | undefined): { seen: Seen[]; weights: string | null } {
  if (file !== undefined) {
    if (!existsSync(file)) throw new UnderlayError("option-invalid", `--weights is "${file}", which is not there.`);
    const target = `/data/weights/${basename(file)}`;
    return { seen: [{ source: realpathSync(file), target }], weights: target };
  }
  const kept = join(homedir(), ".keras");
  return { seen: existsSync(kept) ? [{ source: kept, target: "/tmp/.keras" }] : [], weights: null };
}

/** The model to start from: the one that is trained here, or one of Keras's from the catalogue. */
function modelOf(id: string): { name: string; catalogue: CatalogueModel | null } {
  if (id === smallNetwork) return { name: smallNetwork, catalogue: null };
  const catalogue = catalogueModel(id);
  if (catalogue.framework === "keras") return { name: catalogue.name, catalogue };
  throw new UnderlayError(
    "model-not-adapted",
    `${id} is a model of ${catalogue.framework}: only those of Keras are adapted here.`,
    "`underlay models search --framework keras` lists them; small-cnn is trained here first.",
  );
}

type Counts = Omit<AdaptSettings, "model" | "weights" | "source" | "target" | "output">;

function countsOf(options: AdaptOptions): Counts {
  const first = seedOf(options.seed);
  const repetitions = wholeOf("--repetitions", options.repetitions, 1, 100);
  return {
    images: wholeOf("--images", options.images, 10, 1_000_000),
    seeds: Array.from({ length: repetitions }, (_, index) => first + index),
    sourceEpochs: wholeOf("--source-epochs", options.sourceEpochs, 1, 1000),
    headEpochs: wholeOf("--head-epochs", options.headEpochs, 1, 1000),
    fineEpochs: wholeOf("--fine-epochs", options.fineEpochs, 1, 1000),
    batch: wholeOf("--batch", options.batch, 1, 4096),
    threads: wholeOf("--threads", options.threads, 1, 1024),
  };
}

/** Runs the program in the shared root, telling how far it is. */
async function adapted(settings: AdaptSettings, folder: string, seen: readonly Seen[]): Promise<Adapted> {
  const interruption = new Interruption();
  const progress = new ProgressLines();
  interruption.listen();
  try {
    writeFileSync(join(folder, "settings.json"), JSON.stringify(settings));
    const places = [
      ...seen,
      { source: workloadsFolder, target: "/data/workloads" },
      { source: folder, target: "/data/out", writable: true },
    ];
    const python = ["/usr/bin/env", "TF_CPP_MIN_LOG_LEVEL=3", "/usr/bin/python3", "-B"];
    const argv = [...python, `/data/workloads/${transferProgram}`, "/data/out/settings.json"];
    const output = await executeInRoot(readMachine(), argv, places, {
      timeoutSec,
      signal: interruption.signal,
      // What frameworks say of processors is no progress.
      heard: (line) => {
        if (/^(?:source|seed)\b/.test(line)) progress.line(line);
      },
    });
    const answer = adaptAnswerSchema.parse(JSON.parse(output));
    if ("error" in answer) throw new UnderlayError(answer.error.code, answer.error.message, answer.error.hint);
    return answer;
  } catch (thrown) {
    if (interruption.requested) throw new UnderlayError("interrupted", "Nothing was adapted.");
    if (thrown instanceof UnderlayError && thrown.code !== "command-failed") throw thrown;
    throw new UnderlayError("adaptation-failed", `The training ended: ${messageOf(thrown)}`, null, { cause: thrown });
  } finally {
    interruption.release();
  }
}

/**
 * Adapts a trained model to other images, held against the same network from scratch, and writes a source that serves it.
 *
 * @param id `small-cnn`, or a model of Keras from the catalogue.
 * @returns the exit code
 * @throws UnderlayError with a code of its own for what cannot be adapted
 */
export async function adaptModel(id: string, options: AdaptOptions): Promise<number> {
  const { name, catalogue } = modelOf(id);
  const counts = countsOf(options);
  const out = resolve(options.out);
  if (existsSync(out)) {
    throw new UnderlayError("out-exists", `${out} is there already.`, "Name another --out, or remove it.");
  }
  const { seen, weights } = weightsOf(options.weights);
  const target = options.data === undefined ? await clothesSet("street") : folderOf("--data", options.data);
  const own = catalogue === null ? (options.source ?? (await clothesSet("shop"))) : null;
  const source = own === null ? null : folderOf("--source", own);
  mkdirSync(join(out, ".."), { recursive: true });
  // Beside its place, so that it gets there whole or not at all.
  const folder = mkdtempSync(join(out, "..", ".adapting-"));
  try {
    const places = [
      ...seen,
      { source: target, target: "/data/target" },
      ...(source === null ? [] : [{ source, target: "/data/source" }]),
    ];
    const settings: AdaptSettings = {
      ...{ model: name, weights, source: source === null ? null : "/data/source", target: "/data/target" },
      ...{ output: "/data/out", ...counts },
    };
    const found = await adapted(settings, folder, places);
    const { seeds: _, ...told } = counts;
    const report: AdaptReport = {
      ...{ model: id, catalogue, folder: out, settings: told },
      ...{ ...found, adaptation: adaptationOf(found.runs) },
    };
    rmSync(join(folder, "settings.json"));
    writeFileSync(join(folder, "predict.py"), servedBy);
    writeFileSync(join(folder, "adaptation.json"), `${JSON.stringify(report, null, 2)}\n`);
    renameSync(folder, out);
    process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : adaptText(report));
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
