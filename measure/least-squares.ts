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

/** A matrix by its columns: all that is done here goes down one after the other. */
type Columns = readonly Float64Array[];

/** Sum of the products of the numbers of two columns, from one place to another. */
function dot(a: Float64Array, b: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

/** Reflects columns from one on so that this one, which ends after so many numbers, is zero below the diagonal. */
function reflect(columns: Columns, column: number, end: number): void {
  const mirror = columns[column]?.slice(0, end) ?? new Float64Array();
  const norm = Math.hypot(...mirror.subarray(column));
  if (norm === 0) return;
  const head = mirror[column] ?? 0;
  mirror[column] = head - (head > 0 ? -norm : norm);
  const length = dot(mirror, mirror, column, end);
  const factors = new Float64Array(end);
  for (let at = column; at < end; at += 1) factors[at] = (2 * (mirror[at] ?? 0)) / length;
  for (const each of columns.slice(column)) {
    const along = dot(mirror, each, column, end);
    for (let at = column; at < end; at += 1) each[at] = (each[at] ?? 0) - (factors[at] ?? 0) * along;
  }
}

/** Solves Rb = y for upper triangular R. */
function backward(r: Columns, y: Float64Array): number[] {
  const b = r.map(() => 0);
  for (let row = r.length - 1; row >= 0; row -= 1) {
    let known = 0;
    for (let at = row + 1; at < r.length; at += 1) known += (r[at]?.[row] ?? 0) * (b[at] ?? 0);
    b[row] = ((y[row] ?? 0) - known) / (r[row]?.[row] ?? Number.NaN);
  }
  return b;
}

/** Solves R'z = x for upper triangular R. */
function forward(r: Columns, x: readonly number[]): Float64Array {
  const z = new Float64Array(r.length);
  r.forEach((column, at) => {
    z[at] = ((x[at] ?? 0) - dot(z, column, 0, at)) / (column[at] ?? Number.NaN);
  });
  return z;
}

/** Rows by their columns, and their values, with some room below. */
function byColumns(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  columns: number,
  below: number,
): { readonly r: Float64Array[]; readonly y: Float64Array } {
  const r = Array.from({ length: columns }, () => new Float64Array(rows.length + below));
  rows.forEach((row, index) => r.forEach((column, at) => (column[index] = row[at] ?? 0)));
  const y = new Float64Array(rows.length + below);
  y.set(values);
  return { r, y };
}

function checkShape(
  rows: readonly (readonly number[])[],
  values: readonly number[],
  penalties: readonly number[],
): void {
  const columns = penalties.length;
  const finite = [...rows, values, penalties].every((numbers) => numbers.every(Number.isFinite));
  if (finite && rows.length === values.length && rows.every((row) => row.length === columns)) return;
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
  const { r, y } = byColumns(rows, values, columns, columns);
  // No earlier column has anything where the root of a penalty is.
  r.forEach((column, at) => (column[rows.length + at] = Math.sqrt(penalties[at] ?? 0)));
  const sizes = r.map((column) => Math.hypot(...column));
  for (let column = 0; column < columns; column += 1) {
    reflect([...r, y], column, rows.length + column + 1);
    if (Math.abs(r[column]?.[column] ?? 0) <= rounding * (sizes[column] ?? 0) || sizes[column] === 0) {
      throw new UnderlayError(
        "least-squares-singular",
        `Column ${column} of ${columns} is a combination of those before it, so it has no coefficient of its own.`,
        "Leave it out, or give it a penalty.",
      );
    }
  }
  const coefficients = backward(r, y);
  const leverage = (row: readonly number[]): number => {
    const z = forward(r, row);
    return dot(z, z, 0, columns);
  };
  const fitted = (row: readonly number[]): number =>
    row.reduce((sum, value, at) => sum + value * (coefficients[at] ?? 0), 0);
  return {
    coefficients,
    residualSquares: rows.reduce((sum, row, index) => sum + ((values[index] ?? 0) - fitted(row)) ** 2, 0),
    effectiveParameters: rows.reduce((sum, row) => sum + leverage(row), 0),
    leverage,
  };
}

/** Rows that stand for others. */
export interface Condensed {
  readonly rows: readonly (readonly number[])[];
  readonly values: readonly number[];
}

/**
 * As few rows as there are columns, and one more, that {@link leastSquares} makes the same of as of these, whatever the
 * penalties: R of the decomposition of both together, once for all penalties that are tried.
 *
 * @param rows X.
 * @param values y, one per row.
 * @returns X and y themselves where they are no longer than that.
 */
export function condensed(rows: readonly (readonly number[])[], values: readonly number[]): Condensed {
  const columns = rows[0]?.length ?? 0;
  if (rows.length <= columns + 1) return { rows, values };
  const { r, y } = byColumns(rows, values, columns, 0);
  const all = [...r, y];
  all.forEach((_, column) => reflect(all, column, rows.length));
  const row = (at: number): number[] => r.map((column, index) => (at > index ? 0 : (column[at] ?? 0)));
  return { rows: all.map((_, at) => row(at)), values: all.map((_, at) => y[at] ?? 0) };
}
