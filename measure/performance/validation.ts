import { UnderlayError } from "../error.ts";
import { median } from "../statistics.ts";
import { type Fit, fitterOf, fitTo, type HeldOutError, type Penalty } from "./fit.ts";
import type { MeasuredPoint } from "./point.ts";

/** Penalties to choose from: from the least to the most that is kept small. */
const penalties: readonly Penalty[] = [1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1].flatMap((ridge) =>
  [1, 10, 100].map((products) => ({ ridge, products })),
);

/** What a model that had not seen an image predicted of it. */
export interface HeldOutImage {
  /** The image with the compilers that were on. */
  readonly variant: string;
  /** Of each of its records: predicted ÷ measured − 1. */
  readonly errors: readonly number[];
  /** Features that the model had to extrapolate for it. */
  readonly extrapolates: readonly string[];
}

/** How a model does on images that it has not seen. */
export interface Validation {
  readonly images: readonly HeldOutImage[];
  /** Median of the absolute errors of images that need no extrapolation; null where all do. */
  readonly medianError: number | null;
  /** The same over all images. */
  readonly medianErrorOfAll: number | null;
}

/** A model with what it was chosen by. */
export interface ValidatedFit {
  readonly fit: Fit;
  readonly validation: Validation;
}

interface HeldOut {
  readonly variant: string;
  readonly logErrors: readonly number[];
  readonly extrapolates: readonly string[];
}

const variantsOf = (points: readonly MeasuredPoint[]): string[] => [...new Set(points.map(({ variant }) => variant))];

/** Says, for a penalty, what a model of the others makes of images; null where the others are too few for a model. */
type Prover = (penalty: Penalty) => readonly HeldOut[] | null;

function proverOf(points: readonly MeasuredPoint[], variants: readonly string[]): Prover {
  const others = points.filter(({ variant }) => !variants.includes(variant));
  const fitter = unlessTooSmall(() => fitterOf(others));
  if (fitter === null) return () => null;
  const images = variants.map((variant) => {
    const own = points.filter((point) => point.variant === variant);
    return { variant, own, extrapolates: [...new Set(own.flatMap(fitter.outside))] };
  });
  return (penalty) => {
    const fit = unlessTooSmall(() => fitter.fit(penalty, null));
    if (fit === null) return null;
    return images.map(({ own, ...image }) => ({
      ...image,
      logErrors: own.map((point) => fit.logOf(point) - Math.log(point.secondsPerImage)),
    }));
  };
}

/** What models without an image make of it, by the place of their penalty in {@link penalties}. */
type Proofs = readonly (HeldOut | null)[];

/** Leaves out each image, with all penalties. */
function proofsOf(points: readonly MeasuredPoint[]): Proofs[] {
  return variantsOf(points).map((variant) => {
    const prove = proverOf(points, [variant]);
    return penalties.map((penalty) => prove(penalty)?.[0] ?? null);
  });
}

/**
 * Leaves out each two images, with all penalties: for each image what models without it make of each of the others. Without
 * one and then another is without the other and then the one, so that every model serves twice.
 */
function proofsOfPairs(points: readonly MeasuredPoint[]): ReadonlyMap<string, Proofs[]> {
  const variants = variantsOf(points);
  const proofs = new Map(variants.map((variant): [string, Proofs[]] => [variant, []]));
  variants.forEach((one, index) => {
    for (const other of variants.slice(index + 1)) {
      const prove = proverOf(points, [one, other]);
      const proven = penalties.map(prove);
      proofs.get(other)?.push(proven.map((images) => images?.[0] ?? null));
      proofs.get(one)?.push(proven.map((images) => images?.[1] ?? null));
    }
  });
  return proofs;
}

/** What is made; null where the records are too few for it. */
function unlessTooSmall<T>(make: () => T): T | null {
  try {
    return make();
  } catch (thrown) {
    if (thrown instanceof UnderlayError && thrown.code === "performance-model-too-small") return null;
    throw thrown;
  }
}

/** Mean over images of the mean square error of each; images that need no extrapolation count, where there are any. */
function errorOf(images: readonly HeldOut[]): number {
  const inside = images.filter(({ extrapolates }) => extrapolates.length === 0);
  const counted = inside.length > 0 ? inside : images;
  const squares = counted.map(
    ({ logErrors }) => logErrors.reduce((sum, error) => sum + error ** 2, 0) / logErrors.length,
  );
  return squares.reduce((sum, square) => sum + square, 0) / squares.length;
}

/** The penalty that does best on images that are left out; the largest wins a tie, and where nothing can be left out. */
function choosePenalty(images: readonly Proofs[]): { readonly penalty: Penalty; readonly at: number } {
  const scored = penalties.map((penalty, at) => {
    const known = images.map((proofs) => proofs[at] ?? null).filter((image) => image !== null);
    return { penalty, at, error: known.length === 0 ? Infinity : errorOf(known) };
  });
  return scored.reduce((best, each) => (each.error <= best.error ? each : best));
}

function errorOfAll(images: readonly HeldOutImage[]): number | null {
  return median(images.flatMap(({ errors }) => errors.map(Math.abs)));
}

/**
 * What predictions of images that the model had not seen were off, as far as it need not extrapolate for them.
 *
 * @returns null where fewer than two images are left, which say nothing of a third
 */
export function heldOutError(images: readonly HeldOutImage[]): HeldOutError | null {
  const inside = images.filter(({ extrapolates }) => extrapolates.length === 0);
  if (inside.length < 2) return null;
  const held = inside.map((image) => ({ ...image, logErrors: image.errors.map((error) => Math.log1p(error)) }));
  return { meanSquare: errorOf(held), freedom: inside.length - 1 };
}

/**
 * Fits a model, chooses its penalty, and holds it against images that it has not seen: each image, with the compilers that
 * were on, is left out in turn with all its records, the penalty chosen without it, and predicted from the others.
 *
 * @param points What was measured.
 * @throws UnderlayError `performance-model-too-small` when the records are too few, or of fewer than three images.
 */
export function fitWithValidation(points: readonly MeasuredPoint[]): ValidatedFit {
  const variants = variantsOf(points);
  if (variants.length < 3) {
    throw new UnderlayError(
      "performance-model-too-small",
      `The records are of ${variants.length} images: to hold a model against one that it has not seen it takes 3.`,
      "Measure other images, or the same with another graph compiler.",
    );
  }
  const proofs = proofsOf(points);
  const proofsOfOthers = proofsOfPairs(points);
  const held = variants.flatMap((variant, index) => {
    const { at } = choosePenalty(proofsOfOthers.get(variant) ?? []);
    return proofs[index]?.[at] ?? [];
  });
  const images = held.map(({ variant, logErrors, extrapolates }) => ({
    ...{ variant, extrapolates },
    errors: logErrors.map((error) => Math.exp(error) - 1),
  }));
  return {
    fit: fitTo(points, choosePenalty(proofs).penalty, heldOutError(images)),
    validation: {
      images,
      medianError: errorOfAll(images.filter(({ extrapolates }) => extrapolates.length === 0)),
      medianErrorOfAll: errorOfAll(images),
    },
  };
}
