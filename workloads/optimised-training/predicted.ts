import type { GraphCompiler, Image } from "../../catalogue/images/schema.ts";
import type { PerformanceModel, Software } from "../../measure/performance-model.ts";

/** What a model says of an image beside the plain one. */
export interface PredictedSpeed {
  readonly speedup: number;
  readonly low: number;
  readonly high: number;
  /** Records that it rests on. */
  readonly n: number;
}

/** What a prediction is made with, as the mapper has it. */
export interface PredictionArgs {
  /** What was fitted to records. @default nothing is predicted */
  readonly model?: Pick<PerformanceModel, "timeRatio"> | undefined;
  /** Such as `mnist-cnn`; null where the request does not say. */
  readonly workload: string | null;
  /** Name of the target, as the model knows it. @default nothing is predicted */
  readonly target?: string | undefined;
}

/** The same framework without what makes it special: no source build, no compiler but the kernels that are on anyway. */
function plainOf(image: Image): Software {
  const { framework, build } = image;
  const compilers = image.compilers.filter((name) => name === "onednn");
  return { framework, build: build.kind === "source" ? "wheel" : build.kind, compilers };
}

/**
 * The speed that a performance model expects of an image on the workload and target asked for.
 *
 * @param image which one
 * @param compilers those that are on
 * @param args what the prediction is made with
 * @returns the speed against the plain image; or the features that the model would have to extrapolate, and so does not
 *   say; null where there is no model, or it does not know the workload or the target
 */
export function predictedSpeed(
  image: Image,
  compilers: readonly GraphCompiler[],
  args: PredictionArgs,
): PredictedSpeed | { readonly extrapolates: readonly string[] } | null {
  const { model, workload, target } = args;
  if (model === undefined || workload === null || target === undefined) return null;
  const own = { framework: image.framework, build: image.build.kind, compilers: [...compilers] };
  const found = model.timeRatio(plainOf(image), own, { benchmark: workload, target });
  if (found === null) return null;
  const { value, low, high, n, extrapolates } = found;
  return extrapolates.length > 0 ? { extrapolates } : { speedup: value, low, high, n };
}

/**
 * The speed that a prediction counts with in the ranking: the end of its interval that is nearest to 1, and 1 where the
 * interval has it inside. What is only expected is not held above what was measured for more than is credible.
 */
export function credibleSpeed({ low, high }: Pick<PredictedSpeed, "low" | "high">): number {
  return low > 1 ? low : high < 1 ? high : 1;
}
