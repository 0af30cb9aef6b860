import { z } from "zod";
import { messageOf, UnderlayError } from "./error.ts";
import { type Fit, fitTo, type Prediction } from "./performance/fit.ts";
import {
  type Benchmark,
  benchmarkSchema,
  type MeasuredPoint,
  type Observation,
  observationSchema,
  type Point,
  type Target,
  targetSchema,
} from "./performance/point.ts";
import { fitWithValidation, heldOutError } from "./performance/validation.ts";

/** Version of the format of performance models. */
export const performanceModelVersion = 1;

/** A performance model as it is stored: what it was fitted on, what came out, and how far off it is. */
export const performanceModelSchema = z.strictObject({
  schemaVersion: z.literal(performanceModelVersion),
  /** When it was fitted. */
  at: z.iso.datetime(),
  benchmarks: z.array(benchmarkSchema).min(1),
  targets: z.array(targetSchema).min(1),
  observations: z.array(observationSchema).min(1),
  /** Of the logarithm of seconds per image, on columns of mean 0 and standard deviation 1. */
  model: z.strictObject({
    /** Penalty on each coefficient, per record, and on those of products ÷ on the others. */
    penalty: z.strictObject({ ridge: z.number().positive(), products: z.number().min(1) }),
    intercept: z.number(),
    coefficients: z.array(z.strictObject({ name: z.string(), value: z.number() })),
    /** Standard deviation of the residuals. */
    sigma: z.number().nonnegative(),
    /** Degrees of freedom of the residuals; not whole under a penalty. */
    freedom: z.number().positive(),
  }),
  /** Each image with its compilers, left out of the fit and predicted. */
  validation: z.strictObject({
    images: z.array(
      z.strictObject({
        variant: z.string(),
        /** Of each of its records: predicted ÷ measured − 1. */
        errors: z.array(z.number()),
        /** Features that the model had to extrapolate for it. */
        extrapolates: z.array(z.string()),
      }),
    ),
    /** Median absolute error of images that need no extrapolation; null where all do. */
    medianError: z.number().nonnegative().nullable(),
    medianErrorOfAll: z.number().nonnegative().nullable(),
  }),
});

/** A performance model as it is stored. */
export type PerformanceModelFile = z.infer<typeof performanceModelSchema>;

/** What a model is fitted on. */
export interface PerformanceData {
  readonly benchmarks: readonly Benchmark[];
  readonly targets: readonly Target[];
  readonly observations: readonly Observation[];
}

/** What runs, as far as speed depends on it. */
export type Software = Pick<Point, "framework" | "build" | "compilers">;

/** A performance model that can be asked. */
export interface PerformanceModel {
  readonly file: PerformanceModelFile;
  readonly fit: Fit;
  /**
   * The time of one image's training with some software ÷ that with another, on a benchmark and a target of the model.
   *
   * @param software what is asked about
   * @param plain what it is compared to
   * @param place names of benchmark and target; `batch` is the one that was measured most unless told
   * @returns null where the model has no such benchmark or target
   */
  readonly timeRatio: (software: Software, plain: Software, place: Place) => Prediction | null;
}

/** Where something runs, by the names that the model has. */
export interface Place {
  readonly benchmark: string;
  readonly target: string;
  /** Images per step. */
  readonly batch?: number | undefined;
}

function named<T extends { readonly name: string }>(items: readonly T[], kind: string): Map<string, T> {
  const byName = new Map(items.map((item) => [item.name, item]));
  if (byName.size === items.length) return byName;
  throw new UnderlayError("performance-model-invalid", `A ${kind} is described twice.`, "Give each a name of its own.");
}

function pointsOf({ benchmarks, targets, observations }: PerformanceData): MeasuredPoint[] {
  const [known, places] = [named(benchmarks, "benchmark"), named(targets, "target")];
  return observations.map(({ image, framework, build, compilers, batch, secondsPerImage, ...at }) => {
    const [benchmark, target] = [known.get(at.benchmark), places.get(at.target)];
    if (benchmark === undefined || target === undefined) {
      const [kind, name] = benchmark === undefined ? ["benchmark", at.benchmark] : ["target", at.target];
      throw new UnderlayError(
        "performance-model-invalid",
        `A record is of the ${kind} ${name}, which is not described.`,
      );
    }
    const variant = [image, ...compilers.toSorted()].join("+");
    return { variant, framework, build, compilers, benchmark, target, batch, secondsPerImage };
  });
}

/** The batch size that most records of a benchmark have; the smallest of those alike. */
function usualBatch(observations: readonly Observation[], benchmark: string): number | undefined {
  const counts = new Map<number, number>();
  for (const each of observations) {
    if (each.benchmark === benchmark) counts.set(each.batch, (counts.get(each.batch) ?? 0) + 1);
  }
  return [...counts].sort(([a, many], [b, more]) => (more === many ? a - b : more - many))[0]?.[0];
}

function askable(file: PerformanceModelFile, fit: Fit): PerformanceModel {
  const { benchmarks, targets, observations } = file;
  return {
    file,
    fit,
    timeRatio: (software, plain, place) => {
      const benchmark = benchmarks.find(({ name }) => name === place.benchmark);
      const target = targets.find(({ name }) => name === place.target);
      const batch = place.batch ?? usualBatch(observations, place.benchmark);
      if (benchmark === undefined || target === undefined || batch === undefined) return null;
      const at = { benchmark, target, batch };
      return fit.ratio({ ...software, ...at }, { ...plain, ...at });
    },
  };
}

/**
 * Fits a performance model to measured trainings and holds it against images that it has not seen.
 *
 * @param data What was measured, of what and on what.
 * @param at When, in ISO 8601.
 * @throws UnderlayError `performance-model-too-small`; `performance-model-invalid` when a record names what is not described
 */
export function fitPerformanceModel(data: PerformanceData, at: string): PerformanceModel {
  const { fit, validation } = fitWithValidation(pointsOf(data));
  const { penalty, intercept, sigma, freedom } = fit;
  const file = performanceModelSchema.parse({
    ...{ schemaVersion: performanceModelVersion, at, ...data },
    model: { penalty, intercept, sigma, freedom, coefficients: fit.coefficients },
    validation,
  });
  return askable(file, fit);
}

const alike = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));

/**
 * Reads a stored performance model. It is fitted again to the data in it, and refused when that gives another one: what
 * is stored is what is asked.
 *
 * @param text Content of the file.
 * @param name Of the file, for messages.
 * @throws UnderlayError `performance-model-invalid`, `performance-model-changed`
 */
export function readPerformanceModel(text: string, name: string): PerformanceModel {
  let file: PerformanceModelFile;
  try {
    file = performanceModelSchema.parse(JSON.parse(text));
  } catch (thrown) {
    const why = thrown instanceof z.ZodError ? z.prettifyError(thrown) : messageOf(thrown);
    throw new UnderlayError("performance-model-invalid", `${name} is no performance model: ${why}`, null, {
      cause: thrown,
    });
  }
  const fit = fitTo(pointsOf(file), file.model.penalty, heldOutError(file.validation.images));
  const same =
    alike(fit.intercept, file.model.intercept) &&
    fit.coefficients.length === file.model.coefficients.length &&
    fit.coefficients.every(({ name: column, value }, index) => {
      const stored = file.model.coefficients[index];
      return stored?.name === column && alike(stored.value, value);
    });
  if (same) return askable(file, fit);
  throw new UnderlayError(
    "performance-model-changed",
    `${name} does not follow from the records in it: they or the coefficients were changed, or another version fitted it.`,
    "Fit it again with `underlay performance-model`.",
  );
}
