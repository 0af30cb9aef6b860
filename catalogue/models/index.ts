import { readFileSync } from "node:fs";
import { UnderlayError } from "../../measure/error.ts";
import { type CatalogueModel, type DataSet, dataSetsSchema, modelsFileSchema } from "./schema.ts";

const files = ["keras", "torchvision", "onnx"] as const;

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), "utf8")) as unknown;

let sets: readonly DataSet[] | undefined;
let models: readonly CatalogueModel[] | undefined;

/**
 * Sets of data that models were trained on, and well-known ones to adapt them to. Read once.
 *
 * @throws ZodError when the file is not what the schema wants, which a test rules out.
 */
export function knownDataSets(): readonly DataSet[] {
  sets ??= dataSetsSchema.parse(read("data-sets")).dataSets;
  return sets;
}

/**
 * Models that were trained and can be had, with the source and date of every fact. Read once.
 *
 * @throws ZodError when a file is not what the schema wants, which a test rules out.
 */
export function modelCatalogue(): readonly CatalogueModel[] {
  models ??= files.flatMap((name) => {
    const file = modelsFileSchema.parse(read(name));
    return file.models.map(({ data, source, ...model }): CatalogueModel => {
      const [set, origin] = [knownDataSets().find(({ id }) => id === data), file.sources[source]];
      if (set === undefined || origin === undefined) throw new RangeError(`${model.id} has no data set ${data}`);
      return { ...model, data: set, source: origin };
    });
  });
  return models;
}

/**
 * A model of the catalogue.
 *
 * @throws UnderlayError `model-unknown`
 */
export function catalogueModel(id: string): CatalogueModel {
  const found = modelCatalogue().find((model) => model.id === id);
  if (found !== undefined) return found;
  throw new UnderlayError(
    "model-unknown",
    `The catalogue has no model "${id}".`,
    "`underlay models search` lists those it has.",
  );
}
