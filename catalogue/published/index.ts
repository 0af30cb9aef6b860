import { readFileSync } from "node:fs";
import { type OptimisationPublished, optimisationPublishedSchema } from "./optimisation-schema.ts";
import { publishedSchema } from "./schema.ts";
import type { PublishedSet } from "./schema.ts";
import { type ServingPublished, servingPublishedSchema } from "./serving-schema.ts";

/** Publications whose results are known, by id. */
export const publishedNames = ["lin-2018"] as const;
/** A publication whose results are known. */
export type PublishedName = (typeof publishedNames)[number];

/**
 * What a publication says, in numbers and in words.
 *
 * @throws ZodError when its file is not what the schema wants, which a test rules out.
 */
export function publishedResults(name: PublishedName): PublishedSet {
  return publishedSchema.parse(JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), "utf8")));
}

/**
 * What Ishakian 2018 says in words and in numbers.
 *
 * @throws ZodError when its file is not what the schema wants, which a test rules out.
 */
export function publishedServing(): ServingPublished {
  const file = new URL("./ishakian-2018.json", import.meta.url);
  return servingPublishedSchema.parse(JSON.parse(readFileSync(file, "utf8")));
}

/**
 * What MODAK's paper says in words and in numbers.
 *
 * @throws ZodError when its file is not what the schema wants, which a test rules out.
 */
export function publishedOptimisation(): OptimisationPublished {
  const file = new URL("./alle-2023.json", import.meta.url);
  return optimisationPublishedSchema.parse(JSON.parse(readFileSync(file, "utf8")));
}
