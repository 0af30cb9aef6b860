import { imageCatalogue } from "../../catalogue/images/index.ts";
import type { Image, ImageMeasurement } from "../../catalogue/images/schema.ts";
import type { PerformanceModel } from "../../measure/performance-model.ts";
import { compilerVariables } from "./compiler-switches.ts";
import type { OptimisationRequest } from "./dsl.ts";
import { type JobScript, jobScript } from "./job-script.ts";
import { type Candidate, mapImage, type Mapping } from "./mapper.ts";
import { imageWish, requestedData } from "./wish.ts";

/** What a request turns into. */
export interface Optimisation {
  /** Workload that speeds were looked up for, such as `mnist-cnn`; null when the request says nothing of its data. */
  readonly workload: string | null;
  /** The choice of an image; null when the request asks for none. */
  readonly mapping: Mapping | null;
  /** Reference of the image that the job runs in; empty for none. */
  readonly image: string;
  readonly script: JobScript;
  /** All that is done otherwise than asked, or not known, for people. */
  readonly notes: readonly string[];
}

/** What a request is optimised with. */
export interface OptimiseArgs {
  /** Measurements of images. @default none */
  readonly measurements?: readonly ImageMeasurement[] | undefined;
  /** Predicts the speed of images that nobody measured. @default nothing is predicted */
  readonly model?: Pick<PerformanceModel, "timeRatio"> | undefined;
}

/** The workload that speeds are looked up for, from what the request says of its data; null when it says nothing. */
function workloadOf(request: OptimisationRequest): string | null {
  const set = (requestedData(request)?.basedata ?? "").toLowerCase();
  if (set === "mnist") return "mnist-cnn";
  return set === "imagenet" || (request.job.application.app_tag ?? "").startsWith("resnet")
    ? "resnet50-imagenet"
    : null;
}

/** Name of the file of an image that is made here: it is in no registry. */
function referenceOf(image: Image): string {
  return image.reference ?? `${image.id}.sif`;
}

function variablesOf(chosen: Candidate | null): Record<string, string> {
  return chosen === null
    ? {}
    : { ...compilerVariables(chosen.image, chosen.compilers), ...chosen.settings?.environment };
}

/** Options that were tuned: the program of a request may have others, so that its author has to give them. */
function settingsNotes(chosen: Candidate | null): string[] {
  const words = chosen?.settings?.arguments ?? [];
  return words.length === 0 ? [] : [`Tuned, for a program that has such options: ${words.join(" ")}`];
}

function mappingOf(request: OptimisationRequest, args: OptimiseArgs): Mapping | null {
  const wish = imageWish(request);
  if (wish === null) return null;
  const target = request.job.target?.name;
  return mapImage(wish, { ...args, catalogue: imageCatalogue(), workload: workloadOf(request), target });
}

/** Says what becomes of a wish for tuning: it takes the machine for minutes, which a mapping does not. */
function tuningNotes({ job }: OptimisationRequest): string[] {
  return job.optimisation?.enable_autotuning === true && job.optimisation.app_type === "ai_training"
    ? ["enable_autotuning is true, and nothing is tuned here: `underlay autotune` does, for --measurements."]
    : [];
}

/**
 * Chooses an image for a request and writes its job script.
 *
 * @param request what was asked for
 * @param args what it is optimised with
 * @throws UnderlayError `command-invalid`, `mail-invalid`, `array-unsupported` or `nothing-to-run`
 */
export function optimise(request: OptimisationRequest, args: OptimiseArgs = {}): Optimisation {
  const mapping = mappingOf(request, args);
  const chosen = mapping?.chosen ?? null;
  const own = request.job.application.container_runtime ?? "";
  const image = chosen === null ? own : referenceOf(chosen.image);
  const script = jobScript(request, { image, environment: variablesOf(chosen) });
  const replaced = own !== "" && own !== image ? [`${image} takes the place of ${own}.`] : [];
  return {
    workload: workloadOf(request),
    mapping,
    image,
    script,
    notes: [...(mapping?.notes ?? []), ...replaced, ...settingsNotes(chosen), ...tuningNotes(request), ...script.notes],
  };
}
