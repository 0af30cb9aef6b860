import { UnderlayError } from "./error.ts";

/** Coefficients that fit rows to values, and what is known of their errors. */
export interface LeastSquares {
  /** One per column. */
  readonly coefficients: readonly number[];
  /** Sum of the squares of what the rows are off, penalties not counted. */
  readonly residualSquares: number;
  /** Trace of the matrix that turns values into fitted ones: the columns that are really used, fewer under a penalty. */
  readonly effectiveParameters: number;
  /** x'(X'X + P)⁻¹x: the variance of what is fitted at x, in units of the variance of a value. */
  readonly leverage: (row: readonly number[]) => number;
}

/** A diagonal entry of R this small against its column is rounding: the column is a combination of those before. */
const rounding = 1e-11;

type Matrix = number[][];

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

/** Reflects the columns from one on so that this one has zeros below the diagonal; `work` is changed. */
function reflect(work: Matrix, column: number): void {
  const below = work.slice(column);
  const norm = Math.hypot(...below.map((row) => row[column] ?? 0));
  if (norm === 0) return;
  const head = below[0]?.[column] ?? 0;
  const alpha = head > 0 ? -norm : norm;
  const mirror = below.map((row, index) => (row[column] ?? 0) - (index === 0 ? alpha : 0));
  const length = dot(mirror, mirror);
  const columns = below[0]?.length ?? 0;
  const along = new Array<number>(columns).fill(0);
  below.forEach((row, index) => {
    const weight = mirror[index] ?? 0;
    for (let at = column; at < columns; at += 1) along[at] = (along[at] ?? 0) + weight * (row[at] ?? 0);
  });
  below.forEach((row, index) => {
    const factor = (2 * (mirror[index] ?? 0)) / length;
    for (let at = column; at < columns; at += 1) row[at] = (row[at] ?? 0) - factor * (along[at] ?? 0);
  });
}

/** Solves Rb = y for upper triangular R. */
function backward(r: Matrix, y: readonly number[]): number[] {
  const b = y.map(() => 0);
  for (let row = y.length - 1; row >= 0; row -= 1) {
    const known = (r[row] ?? []).slice(row + 1, y.length);
    b[row] = ((y[row] ?? 0) - dot(known, b.slice(row + 1))) / (r[row]?.[row] ?? Number.NaN);
  }
  return b;
}

/** Solves R'z = x for upper triangular R, given by its columns. */
function forward(columns: Matrix, x: readonly number[]): number[] {
  const z: number[] = [];
  columns.forEach((column, at) => {
    z.push(((x[at] ?? 0) - dot(z, column)) / (column[at] ?? Number.NaN));
  });
  return z;
}

function checkShape(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  penalties: readonly number[],
): void {
  const columns = penalties.length;
  const numbers = [...rows.flat(), ...values, ...penalties];
  if (rows.length === values.length && rows.every((row) => row.length === columns) && numbers.every(Number.isFinite)) {
    return;
  }
  throw new UnderlayError(
    "least-squares-shape",
    `${rows.length} rows, ${values.length} values and ${columns} penalties do not go together, or are not finite.`,
  );
}

/**
 * The b that makes |Xb − y|² + Σ pᵢbᵢ² least: least squares, with a penalty on each coefficient (ridge regression: Hoerl and
 * Kennard, Technometrics 12, 1970) where columns are nearly combinations of each other. By Householder's QR decomposition
 * of X with the roots of the penalties below it (Golub and Van Loan, Matrix Computations, sections 5.3 and 6.1), which
 * does not square the condition number as the normal equations do. No intercept is added.
 *
 * @param rows X: one row per value, one number per column.
 * @param values y.
 * @param penalties p, one per column, each at least 0; all 0 for ordinary least squares.
 * @throws UnderlayError `least-squares-shape` when the sizes do not go together or a number is not finite;
 *   `least-squares-singular` when a column without penalty is a combination of others.
 */
export function leastSquares(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  penalties: readonly number[],
): LeastSquares {
  checkShape(rows, values, penalties);
  const columns = penalties.length;
  const below = penalties.map((penalty, at) => [...penalties.map((_, i) => (i === at ? Math.sqrt(penalty) : 0)), 0]);
  const work: Matrix = [...rows.map((row, index) => [...row, values[index] ?? 0]), ...below];
  const sizes = penalties.map((_, column) => Math.hypot(...work.map((row) => row[column] ?? 0)));
  for (let column = 0; column < columns; column += 1) {
    reflect(work, column);
    if (Math.abs(work[column]?.[column] ?? 0) <= rounding * (sizes[column] ?? 0) || sizes[column] === 0) {
      throw new UnderlayError(
        "least-squares-singular",
        `Column ${column} of ${columns} is a combination of those before it, so it has no coefficient of its own.`,
        "Leave it out, or give it a penalty.",
      );
    }
  }
  const triangle = work.slice(0, columns);
  const coefficients = backward(
    triangle,
    triangle.map((row) => row[columns] ?? 0),
  );
  const byColumn = penalties.map((_, column) => triangle.slice(0, column + 1).map((row) => row[column] ?? 0));
  const leverage = (row: readonly number[]): number => {
    const z = forward(byColumn, row);
    return dot(z, z);
  };
  return {
    coefficients,
    residualSquares: rows.reduce((sum, row, index) => sum + ((values[index] ?? 0) - dot(row, coefficients)) ** 2, 0),
    effectiveParameters: rows.reduce((sum, row) => sum + leverage(row), 0),
    leverage,
  };
}
