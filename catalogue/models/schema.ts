import { z } from "zod";

/** Version of the format of the catalogue of models. */
export const modelCatalogueVersion = 1;

const id = z.string().regex(/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/);
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** Where facts are written. */
export const modelSourceSchema = z.strictObject({
  /** What was read there, and what it does not say. */
  what: z.string().min(1),
  url: z.url(),
  /** When the source was written, or, where it does not say, when it was read. */
  asOf: date,
});

/** What a model computes. */
export const modelTasks = [
  "image-classification",
  "image-segmentation",
  "object-detection",
  "instance-segmentation",
  "keypoint-detection",
  "face-detection",
  "face-recognition",
  "super-resolution",
  "video-classification",
  "question-answering",
  "language-modelling",
] as const;

/** Frameworks that load a model of the catalogue, as detection names them. */
export const catalogueFrameworks = ["keras", "pytorch", "onnxruntime"] as const;

/**
 * What a set of data is a sample of: kind, way of making and subject, from the general to the special, such as
 * `image/photograph/clothing`. The subject's place is our own judgement.
 */
export const contentSchema = z
  .string()
  .regex(/^(?:image|video|text)(?:\/[a-z]+)*$/, "must begin with image, video or text, and have / between words");

/** A set of data that models were trained on, or are to be adapted to. */
export const dataSetSchema = z.strictObject({
  id,
  name: z.string().min(1),
  content: contentSchema,
  /** Null for what has no colours. */
  colour: z.enum(["rgb", "grey"]).nullable(),
  /** Pixels of a side as models are given them; null where they differ. */
  side: z.int().positive().nullable(),
  /** Categories; null where there are none, or the source does not say. */
  classes: z.int().positive().nullable(),
  source: modelSourceSchema,
});

/** A file of sets of data. */
export const dataSetsSchema = z.strictObject({
  schemaVersion: z.literal(modelCatalogueVersion),
  dataSets: z.array(dataSetSchema).min(1),
});

const modelSchema = z.strictObject({
  id,
  /** The architecture, as its source calls it. */
  name: z.string().min(1),
  task: z.enum(modelTasks),
  framework: z.enum(catalogueFrameworks),
  /** What its framework is asked for: a function, or the file in its source. */
  load: z.string().min(1),
  /** Address of the weights; null where the framework finds them by itself. */
  download: z.url().nullable(),
  /** Without the batch, in the framework's order of sizes; null for any. */
  input: z.strictObject({ shape: z.array(z.int().positive().nullable()) }),
  /** Id of the set of data that it was trained on. */
  data: id,
  /** Null where the source does not say. */
  parameters: z.int().positive().nullable(),
  /** Size of the file, in MiB. */
  mebibytes: z.number().positive(),
  /** Multiply-adds of a prediction, in 10⁹; null where the source does not say. */
  gigaOperations: z.number().positive().nullable(),
  /** Null where the source does not say. */
  accuracy: z.strictObject({ metric: z.string().min(1), value: z.number() }).nullable(),
  /** SPDX identifiers. That of the weights is null where the source does not say, which is no permission. */
  licence: z.strictObject({ code: z.string().min(1), weights: z.string().min(1).nullable() }),
  /** Id of its source, in the same file. */
  source: z.string(),
});

/** A file of models. */
export const modelsFileSchema = z
  .strictObject({
    schemaVersion: z.literal(modelCatalogueVersion),
    sources: z.record(z.string(), modelSourceSchema),
    models: z.array(modelSchema).min(1),
  })
  .refine(
    ({ sources, models }) => models.every(({ source }) => sources[source] !== undefined),
    "every model has a source of the file",
  );

/** Where facts are written. */
export type ModelSource = z.infer<typeof modelSourceSchema>;
/** A set of data. */
export type DataSet = z.infer<typeof dataSetSchema>;
/** What a model computes. */
export type ModelTask = (typeof modelTasks)[number];

/** A model that was trained, with the data that it was trained on and the source of what is said. */
export interface CatalogueModel extends Omit<z.infer<typeof modelSchema>, "data" | "source"> {
  readonly data: DataSet;
  readonly source: ModelSource;
}
