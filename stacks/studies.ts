import { UnderlayError } from "../measure/error.ts";
import { type ScenarioName, scenarioNames } from "../measure/scenario.ts";
import { type ServedModelName, servedModelNames } from "../provider/resources.ts";
import { type ModelName, modelNames, profileNames } from "../workloads/index.ts";

const studyNames = ["lin-2018", "ishakian-2018"] as const;

/** One comparison of a study: a stack with this configuration. */
export interface StudyCellPlan {
  /** Such as `single-resnet50`. */
  readonly id: string;
  readonly scenario: ScenarioName;
  readonly model: ModelName;
  /** Keys of the stack's configuration that make the cell, without their namespace and the folder of the data set. */
  readonly config: Readonly<Record<string, string>>;
}

/** What a profile of Lin 2018 plays. */
interface StudySize {
  readonly models: readonly ModelName[];
  /** A second batch size of AlexNet, with which section 4.3 tests what slows it down beside another. */
  readonly smallBatch: Readonly<Record<"batchSize" | "steps", string>>;
  /** Configuration of the scenario `distributed`; the others have the same, since they are held against each other. */
  readonly distributed: Readonly<Record<string, string>>;
}

const sizes: Readonly<Record<string, StudySize>> = {
  paper: {
    models: modelNames,
    smallBatch: { batchSize: "32", steps: "10" },
    distributed: {},
  },
  // The two models that are furthest apart, and few blocks where a step is long: some minutes a cell.
  quick: {
    models: ["resnet50", "alexnet"],
    // Several steps: a block that is over at once says little about the clock of its host.
    smallBatch: { batchSize: "1", steps: "4" },
    distributed: { blocks: "1", warmUpSteps: "0", memoryMiB: "2560" },
  },
};

/** The cells of Lin 2018: every model in every scenario, and AlexNet in small batches alone and beside another. */
function cellsOf(profile: string, size: StudySize): StudyCellPlan[] {
  return scenarioNames.flatMap((scenario) => {
    const cell = (model: ModelName, more: Readonly<Record<string, string>> = {}): StudyCellPlan => {
      const id = [scenario, model, ...(more["batchSize"] === undefined ? [] : [`batch-${more["batchSize"]}`])].join(
        "-",
      );
      const own = { environment: "comparison", scenario, model, profile, photographs: "false" };
      return { id, scenario, model, config: { ...own, ...(scenario === "distributed" && size.distributed), ...more } };
    };
    const cells = size.models.map((model) => cell(model));
    return scenario === "distributed" ? cells : [...cells, cell("alexnet", size.smallBatch)];
  });
}

/**
 * The cells of a study, in the order in which they are played: every model in each of the three scenarios of Lin 2018
 * (sections 4.1 to 4.3), on synthetic images and on an ImageNet-format data set, in every environment; all environments of
 * a cell are played in one measurement. `quick` leaves Inception-v3 out.
 *
 * @param name of the study: `lin-2018`
 * @param profile size of each training: `quick` or `paper`
 * @param only parts of ids; a cell is played when its id holds one of them; all are when there is none
 * @throws UnderlayError `study-unknown` for another name or profile, `study-empty` when no cell is left
 */
export function studyCells(name: string, profile: string, only: readonly string[] = []): StudyCellPlan[] {
  mustBeOne("study", name, [studyNames[0]], studyNames);
  mustBeOne("profile", profile, profileNames);
  const size = sizes[profile];
  return someOf(name, size === undefined ? [] : cellsOf(profile, size), only);
}

/** One function of a study or a sweep: a stack with this configuration. */
export interface ServingCellPlan {
  /** Such as `squeezenet-1.0-512`. */
  readonly id: string;
  /** Keys of the stack's configuration that make the cell, without their namespace. */
  readonly config: Readonly<Record<string, string>>;
}

/** Sizes of memory in MB: those of table 1 of Ishakian 2018, and some of them for a laptop. */
const ishakianSizes: Readonly<Record<string, readonly number[]>> = {
  paper: [128, 256, 384, 512, 640, 768, 896, 1024, 1152, 1280, 1408, 1536],
  quick: [256, 512, 1024, 1536],
};

/** A function of a model with so much memory, under a load of the profile. */
export function servingCell(
  model: ServedModelName,
  memoryMiB: number,
  profile: string,
  more: Readonly<Record<string, string>> = {},
): ServingCellPlan {
  const config = { environment: "serverless", model, memoryMiB: String(memoryMiB), profile, ...more };
  return { id: `${model}-${String(memoryMiB)}`, config };
}

/**
 * The cells of Ishakian 2018, in the order in which they are played: every model at every size of memory, by the rules of
 * the service in 2017; cold, warm and rising load of a cell are one measurement.
 *
 * @param profile size of the load: `quick` or `paper`
 * @param only parts of ids; all cells are played when there is none
 * @throws UnderlayError `study-unknown` for another profile, `study-empty` when no cell is left
 */
export function servingStudyCells(profile: string, only: readonly string[] = []): ServingCellPlan[] {
  mustBeOne("profile", profile, profileNames);
  const memories = ishakianSizes[profile] ?? [];
  const cells = servedModelNames.flatMap((model) =>
    memories.map((memory) => servingCell(model, memory, profile, { edition: "2017" })),
  );
  return someOf("ishakian-2018", cells, only);
}

function someOf<T extends { readonly id: string }>(name: string, cells: readonly T[], only: readonly string[]): T[] {
  const chosen = cells.filter(({ id }) => only.length === 0 || only.some((part) => id.includes(part)));
  if (chosen.length === 0) {
    throw new UnderlayError(
      "study-empty",
      `No cell of ${name} has ${only.join(" or ")} in its name.`,
      `Its cells are ${cells.map(({ id }) => id).join(", ")}.`,
    );
  }
  return chosen;
}

function mustBeOne(what: string, value: string, names: readonly string[], shown: readonly string[] = names): void {
  if (!names.includes(value)) {
    throw new UnderlayError("study-unknown", `There is no ${what} "${value}".`, `Choose one of ${shown.join(", ")}.`);
  }
}
