import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { join, resolve } from "node:path";
import { priceBook, priceBookNames } from "../catalogue/prices/index.ts";
import { type PriceBook, priceBookSchema } from "../catalogue/prices/schema.ts";
import { UnderlayError } from "../measure/error.ts";
import { breakEvenRate } from "../measure/function-cost.ts";
import { factsOf, type MeasuredSize, type Objective, tune, type Tuning } from "../measure/tuning.ts";
import { servedModelNames } from "../provider/resources.ts";
import { numberText } from "../report/number-text.ts";
import { tuningPage, tuningText } from "../report/tuning.ts";
import { servingCell } from "../stacks/studies.ts";
import { filesOf, readCell } from "./cell-files.ts";
import { placeCell, playCells } from "./cells.ts";
import { numberOf, pricesOf } from "./options.ts";
import { load } from "./results-file.ts";
import { servingCells } from "./serving-study.ts";
import { tuneDefaults } from "./tune-defaults.ts";

/** Options of `underlay tune`, as they were typed. */
export interface TuneOptions {
  readonly model: string;
  readonly memory: string;
  readonly profile: string;
  readonly config: readonly string[];
  readonly weight: string;
  readonly latency?: string;
  readonly percentile?: string;
  readonly prices: string;
  readonly price: readonly string[];
  readonly from: readonly string[];
  readonly measure: boolean;
  readonly out: string;
  readonly json?: boolean;
}

/** Sizes to sweep, in MiB; those that this machine has not the memory for are left out when they are the default. */
export function memoriesOf(text: string, machineMiB = Math.floor(totalmem() / 1024 / 1024)): number[] {
  const words = text.split(",");
  if (!words.every((word) => /^\d{1,6}$/.test(word) && Number(word) >= 128 && Number(word) <= 10_240)) {
    throw new UnderlayError(
      "option-invalid",
      `--memory is "${text}".`,
      "Give sizes from 128 to 10240 MiB, such as 512,1024,2048.",
    );
  }
  const sizes = [...new Set(words.map(Number))].sort((a, b) => a - b);
  return text === tuneDefaults.memory ? sizes.filter((size) => size <= machineMiB / 2) : sizes;
}

/** A price book by its id, or of the user's own, in a file of the same format. */
export function bookOf(name: string): PriceBook {
  const known = priceBookNames.find((one) => one === name);
  if (known !== undefined) return priceBook(known);
  if (!existsSync(name)) {
    throw new UnderlayError(
      "prices-unknown",
      `There are no prices "${name}".`,
      `Choose ${priceBookNames.join(" or ")}, or give a file in their format (catalogue/prices/schema.ts).`,
    );
  }
  const parsed = priceBookSchema.safeParse(JSON.parse(readFileSync(name, "utf8")));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UnderlayError(
    "prices-invalid",
    `${name} is no price book: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}.`,
  );
}

function objectiveOf({ weight, latency, percentile }: TuneOptions): Objective {
  if (latency === undefined) return { by: "weight", weight: numberOf("--weight", weight) };
  return {
    by: "latency",
    limitSec: numberOf("--latency", latency),
    percentile: percentile === undefined ? null : numberOf("--percentile", percentile) / 100,
  };
}

/** Records of this model that were made before, below folders. */
function earlier(from: readonly string[], model: string): MeasuredSize[] {
  return from.flatMap(filesOf).flatMap((file) => {
    const { results } = readCell(file);
    const fits = results.workload === "serving" && factsOf(results).model.name === model;
    return fits ? [{ results, lines: load(results.record.path, "").lines }] : [];
  });
}

/** Above which rates hosts of the user's own are cheaper than the recommended size, in lines. */
export function breakEvenLines(tuning: Tuning, prices: ReadonlyMap<string, number>): string[] {
  const cost = tuning.sizes.find(({ memoryMiB }) => memoryMiB === tuning.recommended)?.cost?.mean ?? null;
  if (cost === null) return [];
  return [...prices].map(([environment, pricePerHour]) => {
    const { value } = breakEvenRate(cost / 1000, pricePerHour, null);
    const rate = value === null ? "" : numberText(value, 3);
    return `Above ${rate} requests/s all the time, one ${environment} at ${pricePerHour} an hour is cheaper, as long as it can serve them.`;
  });
}

/**
 * Measures a function at several sizes of memory, those that are not measured yet, and says which to take.
 *
 * @returns 0 with a recommendation, 1 without one, 130 after Ctrl-C
 */
export async function tuneMemory(options: TuneOptions): Promise<number> {
  const model = servedModelNames.find((name) => name === options.model);
  if (model === undefined) {
    throw new UnderlayError(
      "option-invalid",
      `--model is "${options.model}".`,
      `Choose one of ${servedModelNames.join(", ")}.`,
    );
  }
  const [book, objective, hosts] = [bookOf(options.prices), objectiveOf(options), pricesOf(options.price)];
  const out = resolve(options.out, "tune", model);
  const placed = memoriesOf(options.memory).map((memory) =>
    placeCell(out, servingCell(model, memory, options.profile, { series: "cold,warm" }), options.config),
  );
  const before = earlier(options.from, model);
  const known = new Set(before.map(({ results }) => factsOf(results).memoryMiB));
  const wanted = placed.filter(({ config }) => !known.has(Number(config["underlay:memoryMiB"])));
  const { interrupted } = options.measure ? await playCells("tune", wanted) : { interrupted: false };
  const tuning = tune([...before, ...servingCells(placed)], book, objective);
  const lines = breakEvenLines(tuning, hosts);
  mkdirSync(out, { recursive: true });
  const page = join(out, "index.html");
  writeFileSync(page, await tuningPage(tuning));
  writeFileSync(join(out, "tuning.json"), `${JSON.stringify(tuning, null, 2)}\n`);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ ...tuning, breakEven: lines }, null, 2)}\n`
      : `${[tuningText(tuning), ...lines, `report: ${page}`].join("\n")}\n`,
  );
  return interrupted ? 130 : tuning.recommended === null ? 1 : 0;
}
