import type { NodeExpectation, NodeTimes } from "../measure/node-times.ts";
import type { ScalingPrediction } from "../measure/scaling.ts";
import { columnLines } from "./columns.ts";
import { listText, numberText } from "./number-text.ts";

const nodesOf = (count: number): string => (count === 1 ? "1 node" : `${String(count)} nodes`);

const speedOf = ({ speedup, efficiency }: ScalingPrediction): string =>
  `${numberText(speedup, 3)} times as fast as one, ${(100 * efficiency).toFixed(0)} % of it from each`;

const measuredCounts = ({ times }: NodeTimes): string => listText(times.map(({ nodes }) => String(nodes)));

function basisText(file: NodeTimes, { basis, law }: NodeExpectation): string {
  if (law === null || basis === "network") {
    const { bytesPerSec = 0, latencySec = 0 } = file.network ?? {};
    return (
      `measured on ${measuredCounts(file)}; what more would bring is computed from one node's step and the probed ` +
      `network (${numberText((bytesPerSec * 8) / 1e6, 3)} Mbit/s, ${numberText(1000 * latencySec, 2)} ms one way), for ` +
      "gradients shared by a ring, none of it hidden behind the computation"
    );
  }
  const [serial, divided, perNode] = [law.serial, law.divided, law.perNode].map((seconds) =>
    numberText(1000 * seconds, 3),
  );
  return (
    `measured on ${measuredCounts(file)}: ms per image = ${serial ?? ""} + ${divided ?? ""} ÷ n + ${perNode ?? ""} × (n − 1), ` +
    `${(100 * law.error).toFixed(1)} % off in the mean square`
  );
}

function tableOf(file: NodeTimes, { considered }: NodeExpectation, extrapolate: boolean): string[] {
  const rows = considered
    .filter(
      ({ extrapolates, nodes }) => extrapolate || !extrapolates || file.times.some((time) => time.nodes === nodes),
    )
    .map(({ nodes, seconds, speedup, efficiency, extrapolates }) => {
      const measured = file.times.find((time) => time.nodes === nodes);
      return [
        String(nodes),
        measured === undefined ? "" : numberText(1000 * measured.secondsPerImage, 4),
        numberText(1000 * seconds, 4),
        numberText(speedup, 3),
        efficiency.toFixed(2),
        extrapolates ? "extrapolated" : "",
      ];
    });
  return columnLines([["nodes", "ms per image", "predicted", "speed-up", "efficiency", ""], ...rows], [0, 1, 2, 3, 4]);
}

function answer(file: NodeTimes, { basis, best, beyond }: NodeExpectation, extrapolate: boolean): string[] {
  if (basis === "network" && !extrapolate) {
    return [
      "No number is predicted: a law takes three numbers of nodes that were measured. --extrapolate computes one from the network.",
    ];
  }
  const own = `best of what was measured: ${nodesOf(best.nodes)}, ${speedOf(best)}`;
  const more = "more nodes than were measured could be better: --extrapolate says which";
  if (beyond === null) return [basis === "network" ? `best: ${nodesOf(best.nodes)} (extrapolated)` : own];
  return extrapolate ? [own, `beyond that, extrapolated: ${nodesOf(beyond.nodes)}, ${speedOf(beyond)}`] : [own, more];
}

/**
 * The expected best number of nodes for people.
 *
 * @param file What was measured.
 * @param expectation What follows from it.
 * @param extrapolate Whether what lies beyond the measured numbers is shown.
 */
export function nodesText(file: NodeTimes, expectation: NodeExpectation, extrapolate: boolean): string {
  const { workload, framework, batch, environment, target } = file;
  return [
    `${workload} by ${framework}, ${String(batch)} images a step on each node, ${environment} on ${target}`,
    basisText(file, expectation),
    "",
    ...tableOf(file, expectation, extrapolate),
    "",
    ...answer(file, expectation, extrapolate),
    "",
  ].join("\n");
}

/**
 * What a request's number of nodes is beside the predicted best.
 *
 * @param file What was measured.
 * @param expectation What follows from it, at least up to the nodes asked for.
 * @param asked Nodes that the request asks for.
 * @param about What the request trains, and on what.
 * @param about.workload As measurements name it; null when it is not known.
 * @param about.target As measurements name it.
 */
export function nodesNote(
  file: NodeTimes,
  expectation: NodeExpectation,
  asked: number,
  about: { readonly workload: string | null; readonly target: string },
): string {
  const { best, basis, considered } = expectation;
  if (file.workload !== about.workload || file.target !== about.target) {
    return `Times of nodes are of ${file.workload} on ${file.target}: they say nothing of this request.`;
  }
  const own = considered.find(({ nodes }) => nodes === asked);
  const counts = measuredCounts(file);
  if (basis === "network") {
    return `node_count is ${String(asked)}; it was measured on ${counts} alone, too few for a prediction.`;
  }
  if (own === undefined || own.extrapolates) {
    return `node_count is ${String(asked)}, beyond those measured (${counts}): nothing is predicted of it; of these ${nodesOf(best.nodes)} would be best.`;
  }
  return own.nodes === best.nodes
    ? `node_count is ${String(asked)}, which is the predicted best of those measured (${counts}).`
    : `node_count is ${String(asked)} (${speedOf(own)}); ${nodesOf(best.nodes)} would be best (${speedOf(best)}), measured on ${counts}.`;
}
