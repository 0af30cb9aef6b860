import { knownDataSets, modelCatalogue } from "../catalogue/models/index.ts";
import {
  catalogueFrameworks,
  contentSchema,
  type DataSet,
  type ModelTask,
  modelTasks,
} from "../catalogue/models/schema.ts";
import type { Domain } from "../measure/domain-similarity.ts";
import { UnderlayError } from "../measure/error.ts";
import { type FoundModel, type ModelWish, searchModels } from "../measure/model-search.ts";
import { numberOf } from "./options.ts";

/** Options of `underlay models search`, as they were typed. */
export interface ModelSearchOptions {
  readonly task?: string;
  readonly framework?: string;
  readonly licence?: string;
  readonly maxSize?: string;
  readonly maxParameters?: string;
  readonly like?: string;
  readonly domain?: string;
  readonly colour?: string;
  readonly side?: string;
  readonly weight: string;
  readonly limit: string;
  readonly json?: boolean;
}

function oneOf<T extends string>(option: string, text: string | undefined, allowed: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  for (const each of allowed) {
    if (each === text) return each;
  }
  throw new UnderlayError("option-invalid", `${option} is "${text}".`, `It must be one of ${allowed.join(", ")}.`);
}

const number = (option: string, text: string | undefined): number | undefined =>
  text === undefined ? undefined : numberOf(option, text);

/** The known set of data that is named. */
function setLike(name: string | undefined): DataSet | undefined {
  const sets = knownDataSets();
  const ids = sets.map(({ id }) => id);
  const id = oneOf("--like", name, ids);
  return sets.find((set) => set.id === id);
}

/** What is said, and of a known set of data what is not. */
function joined(
  { content, colour, side }: { content: string; colour: "rgb" | "grey" | undefined; side: number | undefined },
  known: DataSet | undefined,
): Domain {
  return { content, colour: colour ?? known?.colour ?? null, side: side ?? known?.side ?? null };
}

/** The domain that is asked for: that of a known set of data, with what is said besides. */
function domainOf({ like, domain, colour, side }: ModelSearchOptions): Domain | undefined {
  const known = setLike(like);
  const content = domain ?? known?.content;
  const said = { colour: oneOf<"rgb" | "grey">("--colour", colour, ["rgb", "grey"]), side: number("--side", side) };
  if (content === undefined) {
    if (colour === undefined && side === undefined) return undefined;
    throw new UnderlayError(
      "option-invalid",
      "--colour and --side say nothing without a domain.",
      "Give --like with a known set of data, or --domain, such as image/photograph/clothing.",
    );
  }
  if (contentSchema.safeParse(content).success) return joined({ ...said, content }, known);
  const how = "Begin with image, video or text, and go on with words, such as image/photograph/clothing.";
  throw new UnderlayError("option-invalid", `--domain is "${content}".`, how);
}

function wishOf(options: ModelSearchOptions): ModelWish {
  const costWeight = numberOf("--weight", options.weight);
  if (costWeight > 1) {
    throw new UnderlayError("option-invalid", `--weight is "${options.weight}", but must be from 0 to 1.`);
  }
  return {
    task: oneOf<ModelTask>("--task", options.task, modelTasks),
    framework: oneOf("--framework", options.framework, catalogueFrameworks),
    licence: options.licence,
    mostMebibytes: number("--max-size", options.maxSize),
    mostParameters: number("--max-parameters", options.maxParameters),
    domain: domainOf(options),
    costWeight,
  };
}

function line({ model, similarity, score }: FoundModel): string {
  const { id, task, mebibytes, parameters, data, licence, accuracy } = model;
  const said = [
    `${id.padEnd(38)} ${score.toFixed(3)}`,
    ...(similarity === null ? [] : [`similarity ${similarity.toFixed(2)}`]),
    `${task}, ${data.name}`,
    `${String(Number(mebibytes.toPrecision(3)))} MiB`,
    parameters === null ? "parameters not said" : `${String(Number((parameters / 1e6).toPrecision(3)))} M parameters`,
    ...(accuracy === null ? [] : [`${accuracy.metric} ${String(accuracy.value)}`]),
    licence.weights ?? `code ${licence.code}, weights not said`,
  ];
  return said.join("  ");
}

/**
 * Prints models of the catalogue that match, the best first.
 *
 * @returns the exit code: 1 when none matches
 * @throws UnderlayError `option-invalid` with what is allowed
 */
export function findModels(options: ModelSearchOptions): number {
  const wish = wishOf(options);
  const found = searchModels(modelCatalogue(), wish);
  const shown = found.slice(0, Math.max(1, numberOf("--limit", options.limit)));
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ found: found.length, models: shown }, null, 2)}\n`);
  } else if (found.length === 0) {
    process.stdout.write("no model of the catalogue matches\n");
  } else {
    const dates = [...new Set(shown.map(({ model }) => `${model.source.asOf} ${model.source.url}`))];
    const rest = found.length - shown.length;
    const end = [...(rest > 0 ? [`and ${String(rest)} more`] : []), "by:", ...dates.map((each) => `  ${each}`)];
    process.stdout.write(`${[...shown.map(line), ...end].join("\n")}\n`);
  }
  return found.length === 0 ? 1 : 0;
}
