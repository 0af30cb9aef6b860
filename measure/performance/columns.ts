import { leastSquares } from "../least-squares.ts";
import { bytesOf, type Point } from "./point.ts";

/** One number of a point, as the model sees it. */
export interface Column {
  readonly name: string;
  /** Whether it is a product of two others: how the one changes with the other. */
  readonly isProduct: boolean;
  readonly of: (point: Point) => number;
}

/** A feature by its own. */
const feature = (name: string, of: Column["of"]): Column => ({ name, isProduct: false, of });

/** Logarithms of times that the hardware would need at least, and of sizes. */
const numeric: readonly Column[] = [
  feature("compute", ({ benchmark, target }) => Math.log(benchmark.flopsPerImage / target.peakFlops)),
  feature("weights", ({ benchmark, target, batch }) =>
    Math.log((benchmark.parameters * bytesOf[benchmark.dtype]) / batch / target.memoryBandwidth),
  ),
  feature("batch", ({ batch }) => Math.log(batch)),
  feature("cores", ({ target }) => Math.log(target.cores)),
];

/** Names that a point has of one kind. */
const kinds: readonly { readonly kind: string; readonly of: (point: Point) => readonly string[] }[] = [
  { kind: "framework", of: ({ framework }) => [framework] },
  { kind: "build", of: ({ build }) => [build] },
  { kind: "dtype", of: ({ benchmark }) => [benchmark.dtype] },
  { kind: "compiler", of: ({ compilers }) => compilers },
];

/** Features whose range a prediction must not leave in silence. */
const ranged: readonly Column[] = [
  feature("model flops", ({ benchmark }) => benchmark.flopsPerImage),
  feature("parameters", ({ benchmark }) => benchmark.parameters),
  feature("batch", ({ batch }) => batch),
  feature("peak flops", ({ target }) => target.peakFlops),
  feature("memory bandwidth", ({ target }) => target.memoryBandwidth),
  feature("cores", ({ target }) => target.cores),
];

/** A probe on another day differs by some per cent: so much beyond the range is not beyond it. */
const slack = 1.1;

function flagsOf(points: readonly Point[]): (Column & { readonly kind: string })[] {
  return kinds.flatMap(({ kind, of }) =>
    [...new Set(points.flatMap(of))]
      .sort()
      .map((level) => ({ kind, ...feature(`${kind} ${level}`, (point) => Number(of(point).includes(level))) })),
  );
}

function centred({ name, isProduct, of }: Column, points: readonly Point[]): Column {
  const mean = points.reduce((sum, point) => sum + of(point), 0) / points.length;
  return { name, isProduct, of: (point) => of(point) - mean };
}

const product = (a: Column, b: Column): Column => ({
  name: `${a.name} × ${b.name}`,
  isProduct: true,
  of: (point) => a.of(point) * b.of(point),
});

/** Whether a column says something: a constant is the intercept. */
function varies({ of }: Column, points: readonly Point[]): boolean {
  const values = points.map(of);
  return Math.max(...values) - Math.min(...values) > 1e-9;
}

/**
 * The columns that points can be told apart by: sizes as logarithms, names as 0 and 1, and how frameworks and compilers
 * change with the sizes and with each other. What is the same in all points is left out.
 *
 * A graph compiler takes the place of kernels that a library such as oneDNN brings: compilers are multiplied with each other.
 */
export function columnsOf(points: readonly Point[]): Column[] {
  const flags = flagsOf(points);
  const sizes = numeric.map((column) => centred(column, points));
  const software = flags.filter(({ kind }) => kind === "framework" || kind === "compiler");
  const [frameworks, compilers] = ["framework", "compiler"].map((wanted) =>
    flags.filter(({ kind }) => kind === wanted).map((column) => centred(column, points)),
  ) as [Column[], Column[]];
  const changing = sizes.filter(({ name }) => name === "compute" || name === "batch");
  const mixed = [
    ...software.flatMap((one) => changing.map((size) => product(centred(one, points), size))),
    ...frameworks.flatMap((one) => compilers.map((other) => product(one, other))),
    ...compilers.flatMap((one, index) => compilers.slice(index + 1).map((other) => product(one, other))),
  ];
  return [...sizes, ...flags, ...mixed].filter((column) => varies(column, points));
}

/** Leverage among the sizes alone: what lies within each range may still lie far from all points. */
function hullOf(points: readonly Point[]): (point: Point) => boolean {
  const sizes = numeric.map((column) => centred(column, points)).filter((column) => varies(column, points));
  const rowOf = (point: Point): number[] => [1, ...sizes.map(({ of }) => of(point))];
  const rows = points.map(rowOf);
  // The penalty is for columns that are combinations of each other; it is far below anything that a point adds.
  const { leverage } = leastSquares(
    rows,
    rows.map(() => 0),
    [1, ...sizes].map(() => 1e-6),
  );
  const most = Math.max(...rows.map(leverage));
  return (point) => leverage(rowOf(point)) <= most * slack;
}

/**
 * What tells where a prediction would leave the points that it rests on.
 *
 * @param points What was measured, at least one.
 * @returns Names of the features of a point that lie outside, in no particular order; none when it lies inside.
 */
export function boundsOf(points: readonly Point[]): (point: Point) => string[] {
  const ranges = ranged.map(({ name, of }) => {
    const values = points.map(of);
    return { name, of, low: Math.min(...values) / slack, high: Math.max(...values) * slack };
  });
  const known = new Set(flagsOf(points).map(({ name }) => name));
  const inside = hullOf(points);
  return (point) => {
    const beyond = ranges.filter(({ of, low, high }) => of(point) < low || of(point) > high).map(({ name }) => name);
    const unknown = kinds.flatMap(({ kind, of }) => of(point).map((level) => `${kind} ${level}`));
    const outside = [...beyond, ...unknown.filter((name) => !known.has(name))];
    return outside.length > 0 || inside(point) ? outside : ["combination of sizes"];
  };
}
