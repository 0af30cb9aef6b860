import type { BuiltImage } from "../../measure/built-image.ts";
import { UnderlayError } from "../../measure/error.ts";
import type { OptimisationRequest } from "./dsl.ts";
import { type JobBind, jobFolder } from "./container-entry.ts";
import { splitCommand } from "./command-words.ts";
import { jobScript } from "./job-script.ts";
import { epochProgram } from "./recipes.ts";
import type { Trial } from "./trials.ts";
import { requestedData } from "./wish.ts";

/** Size of a training by epochs. */
export interface EpochSize {
  /** At least 2: the first tells no speed. @default those of the request's own arguments, else the paper's */
  readonly epochs?: number | undefined;
  /** Images of an epoch. @default the whole set */
  readonly images?: number | undefined;
  /** Images of a step. @default the paper's: 128 for MNIST, 96 for ImageNet */
  readonly batch?: number | undefined;
}

/** What a job that trains by epochs is made of. */
export interface EpochJobArgs extends EpochSize {
  /** What was asked for. */
  readonly request: OptimisationRequest;
  /** As the catalogue's measurements name it. */
  readonly workload: string;
  /** What is trained. */
  readonly trial: Trial;
  /** The image that it runs in. */
  readonly image: BuiltImage;
  /** Folder of the data set on the machine that the job runs on. */
  readonly data: string;
}

const dataPlace = "/data/set";
/** Name of the record in the folder that a job is handed in from. */
export const recordName = "record.json";

/** Models of the program, by the name of the workload. */
const models: Readonly<Record<string, string>> = { "mnist-cnn": "mnist-cnn", "resnet50-imagenet": "resnet-50" };

/** Epochs that the request's own arguments ask for; undefined when they do not say. */
function epochsOf({ job }: OptimisationRequest): number | undefined {
  const { arguments: given = "" } = job.application;
  const words =
    typeof given === "string"
      ? splitCommand(given, "job.application.arguments").map((word) =>
          word.map((part) => ("text" in part ? part.text : "")).join(""),
        )
      : given;
  const value = words[words.indexOf("--epochs") + 1] ?? "";
  return words.includes("--epochs") && /^[1-9]\d{0,4}$/.test(value) ? Number(value) : undefined;
}

/** Most batches that the program prepares ahead. */
const mostPrefetched = 1024;

/** Batches to prepare ahead, as the hint of the request says; undefined when it does not give a number, or says yes. */
function prefetchOf(request: OptimisationRequest): number | undefined {
  const hint = requestedData(request)?.etl?.prefetch;
  if (hint === false) return 0;
  return typeof hint === "number" ? Math.min(mostPrefetched, Math.floor(hint)) : undefined;
}

function wordsOf(args: EpochJobArgs, model: string): string[] {
  const { request, trial, epochs = epochsOf(request), images, batch } = args;
  const { compilers, image } = trial;
  const compiler = compilers.includes("xla") ? "xla" : compilers.includes("inductor") ? "inductor" : "none";
  const numbers = { epochs, images, batch, prefetch: prefetchOf(request) };
  return [
    ...["--model", model, "--framework", image.framework, "--compiler", compiler],
    ...["--onednn", compilers.includes("onednn") ? "on" : "off", "--data", dataPlace],
    ...["--record", `${jobFolder}/${recordName}`],
    ...(trial.settings?.arguments ?? []),
    ...Object.entries(numbers).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)])),
  ];
}

/**
 * The script of a job that trains by epochs in an image: the request's own options of the queue and variables, with the
 * image's program in place of the request's command.
 *
 * @param args what it is made of
 * @throws UnderlayError `workload-unknown` when there is no program for the request's data
 */
export function epochJob(args: EpochJobArgs): string {
  const { request, workload, trial, image, data } = args;
  const model = models[workload];
  if (model === undefined || (trial.image.framework !== "tensorflow" && trial.image.framework !== "pytorch")) {
    throw new UnderlayError(
      "workload-unknown",
      `There is no program that trains ${workload} by ${trial.image.framework}.`,
      `It trains ${Object.keys(models).join(" and ")} by tensorflow and pytorch.`,
    );
  }
  const { app_type: _type, mpi_ranks: _ranks, build: _build, ...application } = request.job.application;
  const binds: JobBind[] = [{ source: data, target: dataPlace }];
  const container = { directory: image.directory, file: image.file, binds };
  const own = {
    ...application,
    executable: `python3 ${epochProgram}`,
    arguments: wordsOf(args, model),
    container_runtime: "",
  };
  const options = {
    ...request.job.job_options,
    standard_output_file: `${trial.name}.out`,
    combine_stdout_stderr: true,
  };
  return jobScript(
    { job: { ...request.job, job_options: options, application: own } },
    { container, environment: { ...image.environment, ...trial.settings?.environment } },
  ).text;
}
