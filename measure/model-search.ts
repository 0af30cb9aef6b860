import type { CatalogueModel, ModelTask } from "../catalogue/models/schema.ts";
import { type Domain, domainSimilarity } from "./domain-similarity.ts";

/** What a model is to be like; what is undefined is not asked for. */
export interface ModelWish {
  readonly task?: ModelTask | undefined;
  readonly framework?: CatalogueModel["framework"] | undefined;
  /** SPDX identifier; of the weights where their licence is known, else of the code. */
  readonly licence?: string | undefined;
  /** Largest file, in MiB. */
  readonly mostMebibytes?: number | undefined;
  readonly mostParameters?: number | undefined;
  /** Data that it is to be adapted to. */
  readonly domain?: Domain | undefined;
  /** Weight of cost against similarity: 0 is similarity alone, 1 cost alone. */
  readonly costWeight: number;
}

/** A model that was found, with what it is ranked by. */
export interface FoundModel {
  readonly model: CatalogueModel;
  /** See `domainSimilarity`; null where no domain was asked for. */
  readonly similarity: number | null;
  /** 1 for the smallest file of those that match, 0 for the largest, by the logarithm of the size. */
  readonly cheapness: number;
  readonly score: number;
}

function matches(model: CatalogueModel, wish: ModelWish): boolean {
  const { task, framework, licence, mostMebibytes, mostParameters } = wish;
  const own = model.licence.weights ?? model.licence.code;
  return (
    (task === undefined || model.task === task) &&
    (framework === undefined || model.framework === framework) &&
    (licence === undefined || own.toLowerCase() === licence.toLowerCase()) &&
    (mostMebibytes === undefined || model.mebibytes <= mostMebibytes) &&
    (mostParameters === undefined || (model.parameters !== null && model.parameters <= mostParameters))
  );
}

/**
 * The models that match a wish, the best first: (1 − w) × similarity of the domain + w × cheapness, where cheapness falls
 * with the logarithm of the file's size, which decides what a start, an image and a placement cost. Without a domain, by
 * cheapness alone. Models of another kind of data than the domain's are left out; equals are in the order of their ids.
 */
export function searchModels(models: readonly CatalogueModel[], wish: ModelWish): FoundModel[] {
  const { domain, costWeight } = wish;
  const rated = models
    .filter((model) => matches(model, wish))
    .map((model) => ({ model, similarity: domain === undefined ? null : domainSimilarity(domain, model.data) }))
    .filter(({ similarity }) => similarity !== 0);
  const sizes = rated.map(({ model }) => Math.log(model.mebibytes));
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const found = rated.map(({ model, similarity }): FoundModel => {
    const cheapness = most === least ? 1 : (most - Math.log(model.mebibytes)) / (most - least);
    const score = similarity === null ? cheapness : (1 - costWeight) * similarity + costWeight * cheapness;
    return { model, similarity, cheapness, score };
  });
  return found.sort((one, other) =>
    other.score === one.score ? one.model.id.localeCompare(other.model.id) : other.score - one.score,
  );
}
