import { z } from "zod";
import { imageCatalogueVersion, imageMeasurementsSchema } from "../catalogue/images/schema.ts";
import { cloudPricesSchema, cloudPricesVersion } from "../catalogue/prices/cloud-schema.ts";
import { privateBookSchema, privateBookVersion } from "../catalogue/prices/private-schema.ts";
import { nodeTimesSchema, nodeTimesVersion } from "./node-times.ts";
import { performanceModelSchema, performanceModelVersion } from "./performance-model.ts";
import { recordLineSchema, recordSchemaVersion } from "./record.ts";
import { resultsSchema, resultsSchemaVersion } from "./results.ts";

/**
 * The published formats as JSON Schema 2020-12, made from the schemas that the program itself checks with.
 *
 * @returns By file name.
 */
export function jsonSchemas(): Readonly<Record<string, object>> {
  return {
    "record-line.schema.json": {
      ...z.toJSONSchema(recordLineSchema),
      $id: `urn:underlay:record-line:${recordSchemaVersion}`,
      title: "A line of an underlay record",
      description:
        "A record is JSON Lines: a line of type run, then environments, launches, blocks and stops, then end.",
    },
    "results.schema.json": {
      ...z.toJSONSchema(resultsSchema),
      $id: `urn:underlay:results:${resultsSchemaVersion}`,
      title: "Results of an underlay run",
      description: "What a stack exports as results: summaries, comparisons to the baseline, drift and failures.",
    },
    "performance-model.schema.json": {
      ...z.toJSONSchema(performanceModelSchema),
      $id: `urn:underlay:performance-model:${performanceModelVersion}`,
      title: "A performance model of underlay",
      description:
        "A linear model of the time of a training, with the records it was fitted on and its held-out errors.",
    },
    "node-times.schema.json": {
      ...z.toJSONSchema(nodeTimesSchema),
      $id: `urn:underlay:node-times:${nodeTimesVersion}`,
      title: "Times of a training on several numbers of nodes",
      description: "What `underlay nodes` writes and `underlay optimise --nodes` reads, with the records it rests on.",
    },
    "image-measurements.schema.json": {
      ...z.toJSONSchema(imageMeasurementsSchema),
      $id: `urn:underlay:image-measurements:${imageCatalogueVersion}`,
      title: "Measured speeds of images",
      description: "What trainings and the tuner write, and `underlay optimise --measurements` reads.",
    },
    "cloud-prices.schema.json": {
      ...z.toJSONSchema(cloudPricesSchema),
      $id: `urn:underlay:cloud-prices:${cloudPricesVersion}`,
      title: "Prices of a cloud",
      description: "What a cloud charges in one region, each price with where it is written and of when that is.",
    },
    "private-price-book.schema.json": {
      ...z.toJSONSchema(privateBookSchema, { io: "input" }),
      $id: `urn:underlay:private-price-book:${privateBookVersion}`,
      title: "A private price book",
      description:
        "What machines of one's own cost: purchase, power, staff and use, from which an hour's price follows.",
    },
  };
}
