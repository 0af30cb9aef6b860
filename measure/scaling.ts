import { UnderlayError } from "./error.ts";
import { leastSquares } from "./least-squares.ts";

/** A time that was measured on so many nodes. */
export interface ScalingPoint {
  readonly nodes: number;
  /** For the same work, such as an epoch. */
  readonly seconds: number;
}

/** What is expected of a number of nodes. */
export interface ScalingPrediction {
  readonly nodes: number;
  readonly seconds: number;
  /** Times as fast as one node. */
  readonly speedup: number;
  /** Speed-up per node, 1 for a perfect one. */
  readonly efficiency: number;
  /** Whether it lies beyond the counts that were measured. */
  readonly extrapolates: boolean;
}

/** How a time changes with the number of nodes: serial + divided ÷ n + perNode × (n − 1), in seconds. */
export interface Scaling {
  /** What every node does, however many there are. */
  readonly serial: number;
  /** What is shared out (Amdahl, AFIPS 30, 1967). */
  readonly divided: number;
  /** What each further node adds: messages, and a server that serves them all. */
  readonly perNode: number;
  /** Root of the mean square of measured ÷ fitted − 1. */
  readonly error: number;
  readonly of: (nodes: number) => ScalingPrediction;
}

/** The best number of nodes. */
export interface NodeAdvice {
  readonly best: ScalingPrediction;
  /** All that were considered, by number. */
  readonly considered: readonly ScalingPrediction[];
}

const terms: readonly ((nodes: number) => number)[] = [() => 1, (nodes) => 1 / nodes, (nodes) => nodes - 1];
const subsets = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]] as const;

function checkPoints(points: readonly ScalingPoint[]): void {
  const wrong = points.find(({ nodes, seconds }) => !Number.isInteger(nodes) || nodes < 1 || !(seconds > 0));
  const counts = new Set(points.map(({ nodes }) => nodes)).size;
  if (wrong === undefined && counts >= 3) return;
  throw new UnderlayError(
    "scaling-points",
    wrong === undefined
      ? `Times were measured for ${counts} different numbers of nodes.`
      : `${wrong.seconds} s on ${wrong.nodes} nodes is no measured time.`,
    "Give times above 0 s for three different numbers of nodes at least: a law of two or three terms is fitted to them.",
  );
}

/** The best law with these terms alone; null where one of them would have to be negative. */
function lawOf(points: readonly ScalingPoint[], subset: readonly number[]): number[] | null {
  // Errors are shares of the time: each row is divided by its own.
  const rows = points.map(({ nodes, seconds }) => subset.map((term) => (terms[term]?.(nodes) ?? 0) / seconds));
  const { coefficients } = leastSquares(
    rows,
    points.map(() => 1),
    subset.map(() => 0),
  );
  if (coefficients.some((value) => value < 0)) return null;
  return terms.map((_, term) => coefficients[subset.indexOf(term)] ?? 0);
}

function secondsOf(law: readonly number[], nodes: number): number {
  return terms.reduce((sum, term, index) => sum + (law[index] ?? 0) * term(nodes), 0);
}

function errorOf(points: readonly ScalingPoint[], law: readonly number[]): number {
  const squares = points.map(({ nodes, seconds }) => (secondsOf(law, nodes) / seconds - 1) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

/**
 * The law by which a time changes with the number of nodes, fitted to measured ones: least squares of the relative errors
 * with no term below 0, by trying which terms there are (Lawson and Hanson, Solving Least Squares Problems, chapter 23,
 * for three unknowns).
 *
 * @param points Measured times, of three different numbers of nodes at least.
 * @throws UnderlayError `scaling-points`
 */
export function fitScaling(points: readonly ScalingPoint[]): Scaling {
  checkPoints(points);
  const laws = subsets.flatMap((subset) => {
    const law = lawOf(points, subset);
    return law === null ? [] : [{ law, error: errorOf(points, law) }];
  });
  // One term alone always fits: a mean of positive numbers is positive.
  const { law, error } = laws.reduce((best, each) => (each.error < best.error - 1e-12 ? each : best));
  const [serial = 0, divided = 0, perNode = 0] = law;
  const counts = points.map(({ nodes }) => nodes);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  return {
    ...{ serial, divided, perNode, error },
    of: (nodes) => {
      const seconds = secondsOf(law, nodes);
      const speedup = secondsOf(law, 1) / seconds;
      return { nodes, seconds, speedup, efficiency: speedup / nodes, extrapolates: nodes < fewest || nodes > most };
    },
  };
}

/**
 * The fastest of some numbers of nodes.
 *
 * @param predictions What is expected of them, fewest nodes first, one at least.
 * @param leastEfficiency As `bestNodes` takes it; where all are below it, the first of them.
 */
export function fastestOf(predictions: readonly ScalingPrediction[], leastEfficiency: number): ScalingPrediction {
  const good = predictions.filter(({ nodes, efficiency }) => nodes === 1 || efficiency >= leastEfficiency);
  return (good.length === 0 ? predictions.slice(0, 1) : good).reduce((fastest, each) =>
    each.seconds < fastest.seconds * (1 - 1e-12) ? each : fastest,
  );
}

/**
 * The number of nodes that takes the least time.
 *
 * @param scaling How the time changes with it.
 * @param most The largest number that can be had, at least 1.
 * @param leastEfficiency Speed-up per node that is asked for, from 0 to 1: numbers below it are not the best, whatever
 *   their time. @default 0.5
 */
export function bestNodes(scaling: Pick<Scaling, "of">, most: number, leastEfficiency = 0.5): NodeAdvice {
  const considered = Array.from({ length: most }, (_, index) => scaling.of(index + 1));
  return { best: fastestOf(considered, leastEfficiency), considered };
}

/** A training that shares its gradients after each step. */
export interface DistributedTraining {
  /** Time of a step on one node alone, in seconds. */
  readonly stepSec: number;
  /** Size of the gradients, in bytes. */
  readonly gradientBytes: number;
  /** Between two nodes, in bytes per second, as the network probe measures it. */
  readonly networkBandwidth: number;
  /** One way, in seconds. */
  readonly latencySec: number;
}

/**
 * Expected times per image of a training whose nodes share gradients by a ring all-reduce, where nobody measured it on
 * several: each sends 2(n − 1)/n of the gradients in 2(n − 1) messages (Patarasuk and Yuan, J. Parallel Distrib. Comput. 69,
 * 2009), nothing of it hidden behind the computation. It rests on measured features of the network and of one node, and
 * so all but one node extrapolates.
 *
 * @returns seconds for the images of one node's step, by number of nodes
 */
export function ringScaling({
  stepSec,
  gradientBytes,
  networkBandwidth,
  latencySec,
}: DistributedTraining): Pick<Scaling, "of"> {
  const bandwidthSec = (2 * gradientBytes) / networkBandwidth;
  // step/n + [2(n−1)/n · bytes/bandwidth + 2(n−1) · latency]/n, the time of one node's share of n batches.
  const secondsAt = (nodes: number): number =>
    (stepSec + (bandwidthSec * (nodes - 1)) / nodes + 2 * (nodes - 1) * latencySec) / nodes;
  return {
    of: (nodes) => {
      const seconds = secondsAt(nodes);
      const speedup = stepSec / seconds;
      return { nodes, seconds, speedup, efficiency: speedup / nodes, extrapolates: nodes > 1 };
    },
  };
}
