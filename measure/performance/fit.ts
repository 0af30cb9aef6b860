import { UnderlayError } from "../error.ts";
import { type Condensed, condensed, leastSquares } from "../least-squares.ts";
import { studentTMultiplier } from "../student-t.ts";
import { boundsOf, type Column, columnsOf } from "./columns.ts";
import type { MeasuredPoint, Point } from "./point.ts";

const level = 0.95;

/** What a model expects, with the interval that a single measurement falls into with 95 % probability. */
export interface Prediction {
  /** Seconds per image, or a ratio of two of them. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
  /** Records that it rests on. */
  readonly n: number;
  /** Features that lie outside of what was measured; the interval does not hold then. Empty where none does. */
  readonly extrapolates: readonly string[];
}

/** How coefficients are kept small. */
export interface Penalty {
  /** Penalty on each standardised coefficient, per record; above 0. */
  readonly ridge: number;
  /**
   * Penalty on the coefficient of a product ÷ that on a feature by its own; at least 1, since effects of one feature are
   * mostly larger than those of two together (hierarchy of effects: Wu and Hamada, Experiments, section 4.6).
   */
  readonly products: number;
}

/** A linear model of the logarithm of the seconds that an image takes. */
export interface Fit {
  readonly n: number;
  readonly penalty: Penalty;
  /** Logarithm of the seconds per image at the mean of all columns. */
  readonly intercept: number;
  /** By column: change of the logarithm for one standard deviation of the column. */
  readonly coefficients: readonly { readonly name: string; readonly value: number }[];
  /** Standard deviation of the residuals, in the logarithm. */
  readonly sigma: number;
  /** Degrees of freedom of the residuals. */
  readonly freedom: number;
  /** Expected logarithm of the seconds per image. */
  readonly logOf: (point: Point) => number;
  readonly predict: (point: Point) => Prediction;
  /** Time at `point` ÷ time at `beside`. */
  readonly ratio: (point: Point, beside: Point) => Prediction;
}

/** Error of predictions of images that the model had not seen: mean square of its logarithm, and images less one. */
export interface HeldOutError {
  readonly meanSquare: number;
  readonly freedom: number;
}

/** Columns with mean 0 and standard deviation 1, so that one penalty suits all of a kind. */
function standardised(points: readonly Point[]): Column[] {
  return columnsOf(points).map(({ of, ...column }) => {
    const values = points.map(of);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    return { ...column, of: (point) => (of(point) - mean) / spread };
  });
}

/** Fits models of one set of records with any penalty. */
export interface Fitter {
  /** Features of a point that lie outside of the records. */
  readonly outside: (point: Point) => string[];
  /**
   * Fits with a penalty.
   *
   * @param penalty How coefficients are kept small.
   * @param heldOut Error on images that were held out; null where it is not known.
   * @throws UnderlayError `performance-model-too-small`
   */
  readonly fit: (penalty: Penalty, heldOut: HeldOutError | null) => Fit;
}

/**
 * Fits a linear model to measured trainings.
 *
 * The logarithm of the time is fitted, not the time: what a framework, a compiler or a slower memory does is to multiply
 * it; times spread over orders of magnitude, and their errors are shares of them; and no prediction is negative. Ridge
 * regression, since features of few benchmarks and targets are nearly combinations of each other. The variance of a
 * prediction is that of the Bayesian view of ridge (Marquardt, Technometrics 12, 1970), σ²(1 + x'(X'X + λnI)⁻¹x), which
 * counts what the penalty hides; where images that were held out missed by more, that counts instead.
 *
 * @param points What was measured, at least 4.
 * @throws UnderlayError `performance-model-too-small` when the records do not leave a degree of freedom for errors.
 */
export function fitterOf(points: readonly MeasuredPoint[]): Fitter {
  const n = points.length;
  if (n < 4) throw tooSmall(n, "four at least");
  const columns = standardised(points);
  const logs = points.map(({ secondsPerImage }) => Math.log(secondsPerImage));
  const mean = logs.reduce((sum, value) => sum + value, 0) / n;
  const rowOf = (point: Point): number[] => columns.map(({ of }) => of(point));
  const deviations = logs.map((value) => value - mean);
  const records = condensed(points.map(rowOf), deviations);
  const data: Prepared = { n, columns, rowOf, records, mean, outside: boundsOf(points) };
  return { outside: data.outside, fit: (penalty, heldOut) => fitPrepared(data, penalty, heldOut) };
}

/** As {@link fitterOf}, with one penalty. */
export function fitTo(points: readonly MeasuredPoint[], penalty: Penalty, heldOut: HeldOutError | null): Fit {
  return fitterOf(points).fit(penalty, heldOut);
}

interface Prepared {
  readonly n: number;
  readonly columns: readonly Column[];
  readonly rowOf: (point: Point) => number[];
  /** What the columns are in the records, and what their logarithms are off the mean. */
  readonly records: Condensed;
  /** Of the logarithms. */
  readonly mean: number;
  readonly outside: (point: Point) => string[];
}

function fitPrepared(data: Prepared, penalty: Penalty, heldOut: HeldOutError | null): Fit {
  const { n, columns, rowOf, records, mean: intercept, outside } = data;
  const found = leastSquares(
    records.rows,
    records.values,
    columns.map(({ isProduct }) => penalty.ridge * n * (isProduct ? penalty.products : 1)),
  );
  const freedom = n - 1 - found.effectiveParameters;
  if (freedom < 1) throw tooSmall(n, `more than the ${(found.effectiveParameters + 1).toFixed(1)} numbers fitted`);
  const sigma = Math.sqrt(found.residualSquares / freedom);
  const held = heldOut === null ? 0 : studentTMultiplier(level, heldOut.freedom) * Math.sqrt(heldOut.meanSquare);
  const around = (log: number, factor: number, leverage: number, times: readonly Point[]): Prediction => {
    const own = studentTMultiplier(level, freedom) * sigma * Math.sqrt(factor + leverage);
    const half = Math.max(own, Math.sqrt(factor) * held);
    const extrapolates = [...new Set(times.flatMap(outside))];
    return { value: Math.exp(log), low: Math.exp(log - half), high: Math.exp(log + half), level, n, extrapolates };
  };
  const changeOf = (row: readonly number[]): number =>
    row.reduce((sum, value, index) => sum + value * (found.coefficients[index] ?? 0), 0);
  return {
    ...{ n, penalty, intercept, sigma, freedom },
    coefficients: columns.map(({ name }, index) => ({ name, value: found.coefficients[index] ?? 0 })),
    logOf: (point) => intercept + changeOf(rowOf(point)),
    predict: (point) => {
      const row = rowOf(point);
      return around(intercept + changeOf(row), 1, 1 / n + found.leverage(row), [point]);
    },
    ratio: (point, beside) => {
      const other = rowOf(beside);
      const row = rowOf(point).map((value, index) => value - (other[index] ?? 0));
      return around(changeOf(row), 2, found.leverage(row), [point, beside]);
    },
  };
}

function tooSmall(n: number, wanted: string): UnderlayError {
  return new UnderlayError(
    "performance-model-too-small",
    `${n} records are too few to fit a model to: it takes ${wanted}.`,
    "Measure more images, batch sizes or targets.",
  );
}
