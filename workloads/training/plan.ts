import { fileURLToPath } from "node:url";
import type { ScheduleParameters } from "../../measure/record.ts";
import type { ScenarioName } from "../../measure/scenario.ts";
import type { CompanionPlan, Plan } from "../../provider/resources.ts";

/** Models of the training workload. */
export const modelNames = ["resnet50", "inception-v3", "alexnet"] as const;
/** One model of the training workload. */
export type ModelName = (typeof modelNames)[number];

/** Frameworks that the training workload trains by. */
export const frameworkNames = ["tensorflow", "pytorch"] as const;
/** A framework. */
export type FrameworkName = (typeof frameworkNames)[number];

/** Sizes of a training: `paper` is that of Lin 2018, section 3.2; `quick` suits a laptop. */
export const profileNames = ["quick", "paper"] as const;
/** A size of training. */
export type ProfileName = (typeof profileNames)[number];

/** Whether files that are trained on lie in memory before each timed block: `warm`, `cold`, or one series of each. */
export const pageCacheNames = ["warm", "cold", "both"] as const;
/** State of the page cache before each timed block. */
export type PageCacheName = (typeof pageCacheNames)[number];

/** How workers of a distributed training share what they learnt: by a `parameter-server`, or with each other. */
export const variableUpdateNames = ["parameter-server", "all-reduce"] as const;
/** How workers of a distributed training share what they learnt. */
export type VariableUpdateName = (typeof variableUpdateNames)[number];

/** What a training plan is made from. */
export interface TrainingPlanArgs {
  /** Model to train. @default "resnet50" */
  readonly model?: ModelName;
  /** Framework that trains; `pytorch` takes its `packages`. @default "tensorflow" */
  readonly framework?: FrameworkName;
  /** Folder of Python packages as the hosts see it, looked in before those of the shared root. @default none */
  readonly packages?: string;
  /** Size of the training. @default "quick" */
  readonly profile?: ProfileName;
  /**
   * `single`: one host; `distributed`: workers and, unless they share by all-reduce, a parameter server, each on a host of
   * its own; `shared`: one host beside another, on which AlexNet is trained meanwhile.
   * @default "single"
   */
  readonly scenario?: ScenarioName;
  /** How the workers of `distributed` share what they learnt. @default "parameter-server" */
  readonly variableUpdate?: VariableUpdateName;
  /** Workers of `distributed`, the chief among them; at least 2. @default 2 */
  readonly workers?: number;
  /** Images per step. @default the paper's in the `paper` profile (32, 32, 512), a small one in `quick` (4, 2, 16) */
  readonly batchSize?: number;
  /** CPUs that the program may use. @default 1 */
  readonly cpus?: number;
  /** Folder of JPEG photographs as the hosts see it; adds the series `photographs`. @default none */
  readonly photographs?: string;
  /** Folder of an ImageNet-format data set as the hosts see it; adds series after `pageCache`. @default none */
  readonly imagenet?: string;
  /** Series of `imagenet`: `imagenet` when `warm`, `imagenet-cold` when `cold`, or `both`. @default "warm" */
  readonly pageCache?: PageCacheName;
  /** Seed of the schedule, the weights and the images. @default 1 */
  readonly seed?: number;
  /** Launches per environment. @default 3 */
  readonly rounds?: number;
  /** Timed blocks of synthetic images per environment and launch. @default 4 in `quick`, 10 in `paper` */
  readonly blocks?: number;
  /** Training steps per block. @default 1 in `quick`, 10 in `paper` */
  readonly steps?: number;
  /** Untimed training steps at each launch. @default 1 in `quick`, 10 in `paper` */
  readonly warmUpSteps?: number;
}

const profiles = {
  quick: {
    batchSize: { resnet50: 4, "inception-v3": 2, alexnet: 16 },
    blocks: 4,
    steps: 1,
    warmUpSteps: 1,
    photographBlocks: 2,
  },
  // Table 1 and section 3.2 of Lin 2018: 10 warm-up steps, then 100 timed ones, here in ten blocks of ten.
  paper: {
    batchSize: { resnet50: 32, "inception-v3": 32, alexnet: 512 },
    blocks: 10,
    steps: 10,
    warmUpSteps: 10,
    photographBlocks: 10,
  },
} as const;

interface Series {
  readonly blocks: ScheduleParameters["series"][number];
  /** What the program is told of the series. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Blocks of synthetic images, and of photographs and ImageNet-format records where there are some. */
function seriesOf(args: TrainingPlanArgs): readonly Series[] {
  const { profile = "quick", blocks, steps, photographs, imagenet, pageCache = "warm" } = args;
  const sizes = profiles[profile];
  const make = (name: string, blocksPerRound: number, options: Series["options"], alone?: string): Series => ({
    blocks: { name, blocksPerRound, steps: steps ?? sizes.steps, ...(alone === undefined ? {} : { alone }) },
    options,
  });
  const synthetic = blocks ?? sizes.blocks;
  const fromFiles = blocks ?? sizes.photographBlocks;
  const states = (["warm", "cold"] as const).filter((state) => pageCache === state || pageCache === "both");
  return [
    ...(args.scenario === "shared"
      ? [make("synthetic", synthetic, {}, "synthetic-alone"), make("synthetic-alone", synthetic, {})]
      : [make("synthetic", synthetic, {})]),
    ...(photographs === undefined ? [] : [make("photographs", fromFiles, { directory: photographs })]),
    ...(imagenet === undefined ? [] : states).map((state) =>
      make(state === "warm" ? "imagenet" : "imagenet-cold", fromFiles, { directory: imagenet, pageCache: state }),
    ),
  ];
}

/** The programs beside the one that leads, and what that one is called. */
function partsOf(args: TrainingPlanArgs): { readonly role: string; readonly companions: readonly CompanionPlan[] } {
  const { scenario = "single", variableUpdate = "parameter-server", workers = 2, profile = "quick" } = args;
  switch (scenario) {
    case "single":
      return { role: "chief", companions: [] };
    case "distributed":
      return {
        role: "chief",
        companions: [
          ...Array.from({ length: workers - 1 }, (_, index): CompanionPlan => ({
            role: `worker-${String(index + 1)}`,
            during: { plays: "together" },
          })),
          ...(variableUpdate === "parameter-server"
            ? [{ role: "parameter-server", during: { plays: "nothing" } } as const]
            : []),
        ],
      };
    case "shared":
      return { role: "foreground", companions: [background(args, profiles[profile].batchSize.alexnet)] };
  }
}

/** Section 4.3 of Lin 2018: beside the training that is looked at, AlexNet is trained, with its usual batch. */
function background(args: TrainingPlanArgs, batchSize: number): CompanionPlan {
  const series = seriesOf(args).map(({ blocks }) => blocks);
  const beside = series.flatMap(({ name }) => (series.some(({ alone }) => alone === name) ? [] : [name]));
  return {
    role: "background",
    options: { model: "alexnet", batchSize, series: { synthetic: {} } },
    during: { plays: "alongside", series: "synthetic", beside },
  };
}

/** Roles of a training's hosts, the one that leads first: as many as each of its environments has hosts. */
export function trainingRoles(
  args: Pick<TrainingPlanArgs, "scenario" | "variableUpdate" | "workers">,
): [string, ...string[]] {
  const { role, companions } = partsOf(args);
  return [role, ...companions.map((companion) => companion.role)];
}

/**
 * How glibc allocates, the same in every environment: up to 32 MiB come from the heap, which is what it comes to by itself
 * after some steps, and what was freed stays there. Programs under User-Mode Linux lost the end of a heap that shrank and
 * grew again, in a third of the launches of AlexNet over several hosts.
 */
const allocator = ["MALLOC_MMAP_THRESHOLD_=33554432", "MALLOC_TRIM_THRESHOLD_=4294967296"] as const;

/** Python on the hosts, with the packages that it looks in first. */
function pythonOf({ packages }: TrainingPlanArgs): readonly string[] {
  return ["env", ...allocator, ...(packages === undefined ? [] : [`PYTHONPATH=${packages}`]), "python3"];
}

/** How often environments are launched, and whether they take turns: those of several hosts do not fit beside each other. */
function roundsOf({ scenario, rounds = 3 }: TrainingPlanArgs): Pick<ScheduleParameters, "rounds" | "inTurn"> {
  return { rounds, ...(scenario === "distributed" && { inTurn: true }) };
}

/** The plan of a training: pure, without defaults left open. */
export function trainingPlan(args: TrainingPlanArgs): Plan {
  const { model = "resnet50", framework = "tensorflow", profile = "quick", cpus = 1, seed = 1 } = args;
  const { scenario, variableUpdate = "parameter-server" } = args;
  const sizes = profiles[profile];
  const series = seriesOf(args);
  return {
    workload: "training",
    profile,
    directory: fileURLToPath(new URL("./run", import.meta.url)),
    command: [...pythonOf(args), "{program}/main.py"],
    ...partsOf(args),
    options: {
      framework,
      ...(scenario === "distributed" && { variableUpdate }),
      model,
      batchSize: args.batchSize ?? sizes.batchSize[model],
      imageSize: null,
      series: Object.fromEntries(series.map(({ blocks, options }) => [blocks.name, options])),
      warmUpSteps: args.warmUpSteps ?? sizes.warmUpSteps,
      seed,
      threads: cpus,
      device: "auto",
      learningRate: 0.01,
    },
    schedule: { seed, ...roundsOf(args), series: series.map(({ blocks }) => blocks) },
    answerTimeoutSec: profile === "paper" ? 7200 : 600,
  };
}
