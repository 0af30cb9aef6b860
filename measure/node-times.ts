import { z } from "zod";
import { UnderlayError } from "./error.ts";
import { environmentNames } from "./facts.ts";
import type { EnvironmentRun, Run } from "./run.ts";
import { bestNodes, fastestOf, fitScaling, ringScaling, type Scaling, type ScalingPrediction } from "./scaling.ts";
import { mean, median } from "./statistics.ts";

/** Version of the format of node times. */
export const nodeTimesVersion = 1;

/** What was measured of one training on several numbers of nodes: what a number of nodes is predicted from. */
export const nodeTimesSchema = z.strictObject({
  schemaVersion: z.literal(nodeTimesVersion),
  at: z.iso.datetime(),
  /** As requests and measurements of images name it, such as `resnet50-imagenet`. */
  workload: z.string().min(1),
  /** Name of the target, as requests give it. */
  target: z.string().min(1),
  environment: z.enum(environmentNames),
  framework: z.string(),
  /** Images of a step on one node. */
  batch: z.number().int().positive(),
  /** Numbers that are learned; null where the records do not say. */
  parameters: z.number().int().positive().nullable(),
  /** Between two of the nodes, the median of what was probed; null where nobody did. */
  network: z.strictObject({ bytesPerSec: z.number().positive(), latencySec: z.number().nonnegative() }).nullable(),
  times: z
    .array(
      z.strictObject({
        nodes: z.number().int().positive(),
        /** Of all nodes together. */
        secondsPerImage: z.number().positive(),
        /** Launches that it is the mean of. */
        n: z.number().int().positive(),
      }),
    )
    .min(1),
  /** SHA-256 of the records. */
  records: z.array(z.string().regex(/^[0-9a-f]{64}$/)).min(1),
});

/** What was measured of one training on several numbers of nodes. */
export type NodeTimes = z.infer<typeof nodeTimesSchema>;

/** A record with its digest. */
export interface DigestedRun {
  readonly run: Run;
  readonly sha256: string;
}

/** Which trainings of the records are meant; the records may be of one kind only where nothing is given. */
export interface NodeTimesChoice {
  readonly target: string;
  readonly model?: string | undefined;
  readonly environment?: string | undefined;
  readonly batch?: number | undefined;
}

const optionsSchema = z.object({ model: z.string(), framework: z.string(), batchSize: z.number().int().positive() });
const factsSchema = z.object({ training: z.object({ parameters: z.number().int().positive() }) });
/** Names that differ between the training workload and requests. */
const workloads: Readonly<Record<string, string>> = { resnet50: "resnet50-imagenet" };
/** Blocks of images that are made up: no storage is in them. */
const series = "synthetic";

interface Measured extends z.infer<typeof optionsSchema> {
  readonly environment: EnvironmentRun["environment"];
  readonly nodes: number;
  /** One for each launch. */
  readonly times: readonly number[];
  readonly own: EnvironmentRun;
  readonly sha256: string;
}

/** Hosts that train; null where one of them does something else, such as another training beside. */
function nodesOf({ companions }: EnvironmentRun): number | null {
  const roles = companions.map(({ role }) => role);
  const workers = roles.filter((role) => /^worker-\d+$/.test(role)).length;
  return roles.every((role) => role === "parameter-server" || /^worker-\d+$/.test(role)) ? 1 + workers : null;
}

function timesOf({ blocks }: EnvironmentRun): number[] {
  const rounds = [...new Set(blocks.map(({ round }) => round))];
  return rounds.flatMap((round) => {
    const own = blocks.filter((block) => block.round === round && block.series === series);
    const items = own.reduce((sum, block) => sum + block.items, 0);
    return items === 0 ? [] : [own.reduce((sum, block) => sum + block.seconds, 0) / items];
  });
}

function measuredIn({ run, sha256 }: DigestedRun): Measured[] {
  const options = optionsSchema.safeParse(run.header.options);
  if (run.header.workload !== "training" || !options.success) return [];
  return run.environments.flatMap((own): Measured[] => {
    const [nodes, times] = [nodesOf(own), timesOf(own)];
    return nodes === null || times.length === 0
      ? []
      : [{ ...options.data, environment: own.environment, nodes, times, own, sha256 }];
  });
}

const kindOf = ({ model, framework, batchSize, environment }: Measured): string =>
  `${model} by ${framework}, ${String(batchSize)} images a step, ${environment}`;

/** Those that are meant, all of one kind. */
function chosen(all: readonly Measured[], { model, environment, batch }: NodeTimesChoice): readonly Measured[] {
  const meant = all.filter(
    (each) =>
      (model ?? each.model) === each.model &&
      (environment ?? each.environment) === each.environment &&
      (batch ?? each.batchSize) === each.batchSize,
  );
  const kinds = [...new Set(meant.map(kindOf))];
  if (kinds.length === 1) return meant;
  const found = [...new Set(all.map(kindOf))].join("; ");
  throw new UnderlayError(
    "scaling-records",
    kinds.length === 0
      ? `The records have no training on nodes of its own that is meant. They have: ${found === "" ? "none" : found}.`
      : `The records are of several trainings: ${kinds.join("; ")}.`,
    "Choose one with --model, --environment and --batch-size.",
  );
}

/** What the probe of the network found; null where no hosts were probed. */
function networkOf(all: readonly Measured[]): NodeTimes["network"] {
  const probed = all.flatMap(({ own }) => own.network);
  const throughput = median(probed.map(({ throughputMbitPerSec }) => throughputMbitPerSec));
  const roundTrip = median(probed.map(({ roundTripMs }) => roundTripMs));
  if (throughput === null || roundTrip === null) return null;
  return { bytesPerSec: (throughput * 1e6) / 8, latencySec: roundTrip / 2000 };
}

/**
 * What records of trainings say of the number of nodes: each worker is one, a parameter server is none.
 *
 * @param runs Records of single and distributed trainings.
 * @param choice Which of their trainings are meant.
 * @param at When, in ISO 8601.
 * @throws UnderlayError `scaling-records` when none or several kinds of training are meant
 */
export function nodeTimesOf(runs: readonly DigestedRun[], choice: NodeTimesChoice, at: string): NodeTimes {
  const all = chosen(runs.flatMap(measuredIn), choice);
  const [first] = all as readonly [Measured, ...Measured[]];
  const counts = [...new Set(all.map(({ nodes }) => nodes))].sort((a, b) => a - b);
  const launches = all.flatMap(({ own }) =>
    [...own.launches.values()].map(({ facts }) => factsSchema.safeParse(facts)),
  );
  return {
    ...{ schemaVersion: nodeTimesVersion, at, target: choice.target },
    ...{ workload: workloads[first.model] ?? first.model, environment: first.environment },
    ...{ framework: first.framework, batch: first.batchSize, network: networkOf(all) },
    parameters: launches.find(({ success }) => success)?.data?.training.parameters ?? null,
    times: counts.map((nodes) => {
      const times = all.filter((each) => each.nodes === nodes).flatMap((each) => each.times);
      return { nodes, secondsPerImage: mean(times) ?? 0, n: times.length };
    }),
    records: [...new Set(all.map(({ sha256 }) => sha256))],
  };
}

/** What is expected of numbers of nodes, and which is the best. */
export interface NodeExpectation {
  /** `measured`: a law fitted to three numbers of nodes and more; `network`: one node and the probed network. */
  readonly basis: "measured" | "network";
  /** The law; null where it was not fitted. */
  readonly law: Pick<Scaling, "serial" | "divided" | "perNode" | "error"> | null;
  /** All numbers considered, each marked where it extrapolates; seconds are for one image. */
  readonly considered: readonly ScalingPrediction[];
  /** The best of those that were measured or lie between measured ones. */
  readonly best: ScalingPrediction;
  /** The best of all, where extrapolation finds a better one; null where it does not. */
  readonly beyond: ScalingPrediction | null;
}

/** Bytes of a gradient: all trainings here learn in float32. */
const gradientBytes = 4;

function scalingOf({ times, parameters, network, batch }: NodeTimes): Pick<Scaling, "of"> | Scaling {
  const alone = times.find(({ nodes }) => nodes === 1);
  if (times.length >= 3 || alone === undefined || parameters === null || network === null) {
    return fitScaling(times.map(({ nodes, secondsPerImage }) => ({ nodes, seconds: secondsPerImage })));
  }
  const ring = ringScaling({
    stepSec: alone.secondsPerImage * batch,
    gradientBytes: parameters * gradientBytes,
    networkBandwidth: network.bytesPerSec,
    latencySec: network.latencySec,
  });
  return {
    of: (nodes) => {
      const found = ring.of(nodes);
      return { ...found, seconds: found.seconds / batch };
    },
  };
}

/**
 * The expected best number of nodes.
 *
 * @param file What was measured.
 * @param most The largest number that can be had.
 * @param leastEfficiency As `bestNodes` takes it. @default 0.5
 * @throws UnderlayError `scaling-points` where three numbers of nodes were not measured, nor one and the network
 */
export function expectedNodes(file: NodeTimes, most: number, leastEfficiency = 0.5): NodeExpectation {
  const scaling = scalingOf(file);
  const { best: overall, considered } = bestNodes(scaling, most, leastEfficiency);
  const known = considered.filter(({ extrapolates }) => !extrapolates);
  const best = fastestOf(known.length === 0 ? considered.slice(0, 1) : known, leastEfficiency);
  const fitted = "error" in scaling;
  return {
    basis: fitted ? "measured" : "network",
    law: fitted
      ? { serial: scaling.serial, divided: scaling.divided, perNode: scaling.perNode, error: scaling.error }
      : null,
    ...{ considered, best, beyond: overall.nodes === best.nodes ? null : overall },
  };
}
