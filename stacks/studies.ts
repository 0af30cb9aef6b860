import { UnderlayError } from "../measure/error.ts";
import { type ModelName, modelNames, profileNames } from "../workloads/index.ts";

const studyNames = ["lin-2018"] as const;

/** One comparison of a study: a stack with this configuration. */
export interface StudyCellPlan {
  /** Such as `single-resnet50`. */
  readonly id: string;
  readonly scenario: "single";
  readonly model: ModelName;
  /** Keys of the stack's configuration that make the cell, without their namespace. */
  readonly config: Readonly<Record<string, string>>;
}

/**
 * The cells of a study, in the order in which they are played. The single-instance scenario of Lin 2018 (section 4.1)
 * trains every model, on synthetic images and on photographs, in every environment; all environments of a cell are
 * interleaved in one measurement.
 *
 * @param name of the study: `lin-2018`
 * @param profile size of each training: `quick` or `paper`
 * @param only parts of ids; a cell is played when its id holds one of them; all are when there is none
 * @throws UnderlayError `study-unknown` for another name or profile, `study-empty` when no cell is left
 */
export function studyCells(name: string, profile: string, only: readonly string[] = []): StudyCellPlan[] {
  mustBeOne("study", name, studyNames);
  mustBeOne("profile", profile, profileNames);
  const cells = modelNames.map((model): StudyCellPlan => {
    return { id: `single-${model}`, scenario: "single", model, config: { environment: "comparison", model, profile } };
  });
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

function mustBeOne(what: string, value: string, names: readonly string[]): void {
  if (!names.includes(value)) {
    throw new UnderlayError("study-unknown", `There is no ${what} "${value}".`, `Choose one of ${names.join(", ")}.`);
  }
}
