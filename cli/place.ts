import { existsSync, readFileSync } from "node:fs";
import { priceBook } from "../catalogue/prices/index.ts";
import {
  readServiceMeasurements,
  type ServiceMeasurement,
  serviceMeasurementsFile,
} from "../catalogue/services/measured.ts";
import { UnderlayError } from "../measure/error.ts";
import { evidenceOf, type ServingEvidence } from "../measure/placement/evidence.ts";
import { place } from "../measure/placement/place.ts";
import { readProbe, type Speed, speedByProbes } from "../measure/placement/speed.ts";
import { machineNamed, privatePrices } from "../measure/private-prices.ts";
import { costIn, distributionIn, factsOf, type MeasuredSize } from "../measure/tuning.ts";
import { stateDirectory } from "../provider/machine.ts";
import { placementSentence, placementText } from "../report/placement.ts";
import { filesOf, readCell } from "./cell-files.ts";
import { isNumber, numberOf } from "./options.ts";
import { bookFrom, priceTable } from "./price-lists.ts";
import { load } from "./results-file.ts";

/** Options of `underlay place`, as they were typed. */
export interface PlaceOptions {
  readonly model: string;
  readonly rate: string;
  readonly p95: string;
  readonly priceBook?: string;
  readonly here?: string;
  readonly currency?: string;
  readonly measurements?: string;
  readonly from: readonly string[];
  readonly speed: readonly string[];
  readonly probe: readonly string[];
  readonly concurrency: string;
  readonly json?: boolean;
}

/** Requests per second, such as `20/s`, `1200/min` or `20`. */
export function rateOf(text: string): number {
  const [, amount = "", unit = "s"] = /^([\d.]+)(?:\/(s|min|h))?$/.exec(text) ?? [];
  const rate = isNumber(amount) ? Number(amount) / (unit === "h" ? 3600 : unit === "min" ? 60 : 1) : 0;
  if (rate > 0) return rate;
  throw new UnderlayError(
    "option-invalid",
    `--rate is "${text}".`,
    "Give requests a second, such as 20/s, 1200/min or 5000/h.",
  );
}

/** Seconds, such as `200ms` or `0.2s`. */
export function timeOf(text: string): number {
  const [, amount = "", unit = ""] = /^([\d.]+)(ms|s)$/.exec(text) ?? [];
  const seconds = isNumber(amount) ? Number(amount) / (unit === "ms" ? 1000 : 1) : 0;
  if (seconds > 0) return seconds;
  throw new UnderlayError("option-invalid", `--p95 is "${text}".`, "Give a time with its unit, such as 200ms or 0.2s.");
}

function pairOf(option: string, word: string): readonly [string, string] {
  const at = word.lastIndexOf("=");
  if (at > 0 && at < word.length - 1) return [word.slice(0, at), word.slice(at + 1)];
  throw new UnderlayError(
    "option-invalid",
    `${option} is "${word}".`,
    `Write it as NAME=VALUE, such as ${option} m7i.large=1.`,
  );
}

/** How fast places are, by what was typed. */
export function speedsOf({ speed, probe }: Pick<PlaceOptions, "speed" | "probe">): (name: string) => Speed | null {
  const typed = new Map(
    speed.map((word): [string, Speed] => {
      const [name, text] = pairOf("--speed", word);
      const factor = numberOf("--speed", text);
      if (factor <= 0) throw new UnderlayError("option-invalid", `--speed is "${word}".`, "Give a factor above 0.");
      return [
        name,
        { low: factor, high: factor, told: `${String(factor)} × the CPUs it was measured on, as --speed ${name} says` },
      ];
    }),
  );
  const probes = new Map(
    probe.map((word) => {
      const [name, file] = pairOf("--probe", word);
      if (!existsSync(file))
        throw new UnderlayError("probe-invalid", `There is no file ${file}.`, "Run probe.py there first.");
      return [name, readProbe(readFileSync(file, "utf8"))] as const;
    }),
  );
  const here = probes.get("here");
  if (probes.size > 0 && here === undefined) {
    throw new UnderlayError(
      "probe-invalid",
      "The machine that was measured on has no probe.",
      "Give --probe here=FILE, too.",
    );
  }
  return (name) => {
    const there = probes.get(name);
    if (typed.has(name)) return typed.get(name) ?? null;
    if (here !== undefined && there !== undefined) return speedByProbes(here, there);
    return typed.get("all") ?? null;
  };
}

/** The newest measurement of each kind, the functions by their memory. */
function newest(measurements: readonly ServiceMeasurement[]) {
  const containers = measurements.filter(
    ({ environment }) => environment === "container" || environment === "kubernetes",
  );
  const functions = new Map<number, ServiceMeasurement>();
  for (const one of measurements.filter(({ environment }) => environment === "function")) {
    if (!functions.has(one.memoryMiB)) functions.set(one.memoryMiB, one);
  }
  return { container: containers[0], functions: [...functions.values()] };
}

/** What a record of the serving workload says of a function. */
function recorded({ results, lines }: MeasuredSize, currency: ReturnType<typeof priceBook>): ServingEvidence {
  const { memoryMiB, cpus, architecture, target } = factsOf(results);
  const latency = distributionIn(results, "warm", "responseTime");
  const at = (p: number): number | null => latency?.percentiles.find((one) => one.p === p)?.value ?? null;
  const p50 = at(0.5);
  return {
    ...{ kind: "function", cpuModel: null, machineCpus: null, machineMemoryMiB: null, cpus, memoryMiB, architecture },
    told: `record ${results.record.path}, ${String(memoryMiB)} MiB on ${target === "aws" ? "AWS Lambda" : "its stand-in here"}`,
    times: p50 === null ? null : { p50, p95: at(0.95), p99: at(0.99) },
    perSecond: null,
    costPerThousand: costIn({ results, lines }, "warm", currency)?.mean ?? null,
    inPlace: target === "aws",
  };
}

function functionsIn(from: readonly string[], model: string): ServingEvidence[] {
  const book = priceBook("aws-2026");
  return from.flatMap(filesOf).flatMap((file) => {
    const { results } = readCell(file);
    const fits = results.workload === "serving" && factsOf(results).model.name === model;
    return fits ? [recorded({ results, lines: load(results.record.path, "").lines }, book)] : [];
  });
}

function measuredFor({ model, measurements, from }: PlaceOptions) {
  const file = measurements ?? serviceMeasurementsFile(stateDirectory());
  const all = readServiceMeasurements(file);
  const { container, functions } = newest(all.filter(({ service }) => service === model));
  const found = [...functions.map(evidenceOf), ...functionsIn(from, model)];
  if (container === undefined && found.length === 0) {
    const names = [...new Set(all.map(({ service }) => service))];
    throw new UnderlayError(
      "placement-unmeasured",
      `Nothing was measured of ${model}.`,
      `Build and measure it: \`underlay containerise\`.${names.length === 0 ? "" : ` Measured were ${names.join(", ")}.`}`,
    );
  }
  return { container: container === undefined ? null : evidenceOf(container), functions: found };
}

/**
 * Prints where to serve a model for the least money, by what was measured.
 *
 * @returns 0 with an answer, 1 when nothing is known to qualify at a known price
 */
export function placeModel(options: PlaceOptions): number {
  const book = bookFrom(options.priceBook);
  const { here = null, currency = book?.currency ?? "USD" } = options;
  if (here !== null) machineNamed(book === null ? [] : privatePrices(book), here);
  const placement = place({
    ...measuredFor(options),
    demand: { rate: rateOf(options.rate), p95: timeOf(options.p95) },
    table: priceTable(book),
    speedOf: speedsOf(options),
    concurrency: numberOf("--concurrency", options.concurrency),
    ...{ here, currency },
  });
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ answer: placementSentence(placement), ...placement }, null, 2)}\n`
      : placementText(placement),
  );
  return placement.chosen === null ? 1 : 0;
}
