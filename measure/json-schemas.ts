import { z } from "zod";
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
  };
}
