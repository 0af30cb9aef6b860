import type {
  GraphCompiler,
  Image,
  ImageCatalogue,
  ImageMeasurement,
  ImageFramework,
  RunSettings,
} from "../../catalogue/images/schema.ts";
import { type Bounded, ratioOfBounded } from "../../measure/interval.ts";
import { credibleSpeed, predictedSpeed, type PredictionArgs } from "./predicted.ts";
import { type Contender, type Placed, ranking } from "./ranking.ts";
import { sameWay, settingsText, type Way } from "./way.ts";
import type { ImageWish } from "./wish.ts";

/** What an image is expected to do, and why. */
export interface Expectation {
  /** Times as fast as the plain one: its framework's image from a hub or wheel, without graph compilers. */
  readonly speedup: number;
  /** `measured` here, `predicted` by the performance model from what was, or `published`. */
  readonly basis: "measured" | "predicted" | "published";
  /** What it rests on, for people. */
  readonly evidence: string;
  /** 95 % interval of the speed-up, measured or predicted; null where it is published, and of the plain one. */
  readonly range: { readonly low: number; readonly high: number } | null;
}

/** An image that a request could run in. */
export interface Candidate {
  readonly image: Image;
  /** Compilers that are switched on. */
  readonly compilers: readonly GraphCompiler[];
  /** Settings that were tuned and measured to be faster. @default the framework's defaults */
  readonly settings?: RunSettings | undefined;
  /** Why it is where it is, for people. */
  readonly reasons: readonly string[];
  /** Null when nobody measured it for this workload. */
  readonly expected: Expectation | null;
  /** Its time ÷ that of the chosen one; null where one of the two is not known. */
  readonly relativeTime: number | null;
}

/** An image that cannot be it. */
export interface Refusal {
  readonly id: string;
  readonly why: string;
}

/** The choice of an image. */
export interface Mapping {
  readonly chosen: Candidate | null;
  /** The others, best first. */
  readonly runnersUp: readonly Candidate[];
  /** Images of the framework that cannot be it, with the reason. */
  readonly refused: readonly Refusal[];
  readonly notes: readonly string[];
}

/** What the choice is made from. */
export interface MapperArgs {
  /** Images that can be chosen. */
  readonly catalogue: ImageCatalogue;
  /** What was measured here. @default nothing */
  readonly measurements?: readonly ImageMeasurement[] | undefined;
  /** Workload that the speeds are looked up for, such as `mnist-cnn`; null when it is not known. */
  readonly workload: string | null;
  /** What it is to run on, as measurements name it. @default any: no measurement counts */
  readonly target?: string | undefined;
  /** Says what is expected of an image that nobody measured. @default nothing is predicted */
  readonly model?: PredictionArgs["model"];
}

const majorOf = (version: string): string => version.split(".")[0] ?? "";
const minorOf = (version: string): number => Number(version.split(".")[1] ?? 0);

/** Whether `wanted`, as far as it goes, is the image's version: `2.1.3` and `2` are `2.1`. */
function isVersion(image: string, wanted: string): boolean {
  const have = image.split(".");
  return wanted.split(".").every((part, index) => have[index] === undefined || have[index] === part);
}

/** Why an image cannot be it; null when it can. */
function refusalOf(image: Image, wish: ImageWish): string | null {
  const lacking = wish.compilers.filter((compiler) => !image.compilers.includes(compiler));
  if (image.accelerator !== wish.accelerator) return `is for accelerator ${image.accelerator}, not ${wish.accelerator}`;
  if (wish.cpu !== null && image.cpu !== wish.cpu) return `is for ${image.cpu}, not ${wish.cpu}`;
  if (lacking.length > 0) return `does not carry ${lacking.join(", ")}`;
  if (image.build.kind === "source" && !wish.optimisedBuild)
    return "is an optimised build, and enable_opt_build is false";
  if (wish.version !== null && majorOf(image.version) !== majorOf(wish.version)) {
    return `is version ${image.version}, whose interface is not that of ${wish.version}`;
  }
  return null;
}

/** What the slow and the fast of one framework are compared to: the plain image, with no compiler on. */
function isPlain(image: Image | undefined, compilers: readonly GraphCompiler[]): boolean {
  return image !== undefined && image.build.kind !== "source" && compilers.every((compiler) => compiler === "onednn");
}

function newest(measurements: readonly ImageMeasurement[]): ImageMeasurement | undefined {
  return measurements.toSorted((a, b) => b.at.localeCompare(a.at))[0];
}

/** Three digits, and all of them before the decimal point. */
const secondsText = (seconds: number): string => (seconds < 999.5 ? seconds.toPrecision(3) : seconds.toFixed(0));

/** What was measured here: the same workload on the same target, against the plain image of that run, else of any. */
function measuredExpectation(image: Image, way: Way, args: MapperArgs): Expectation | null {
  const { catalogue, measurements = [], workload, target } = args;
  const relevant = measurements.filter((each) => each.workload === workload && each.target === target);
  const own = newest(relevant.filter((each) => each.image === image.id && sameWay(each, way)));
  const plains = relevant.filter((each) => {
    const other = catalogue.images.find(({ id }) => id === each.image);
    const alike = other?.framework === image.framework && other.accelerator === image.accelerator;
    return alike && each.settings === undefined && isPlain(other, each.compilers);
  });
  if (own === undefined) return null;
  // That of the same run, if there is one: on another day the machine may have been busier.
  const beside = plains.find(({ run }) => run !== undefined && run === own.run);
  const { value, low, high } = own.epochSec;
  const evidence = (other: string): string =>
    `${secondsText(value)} s per epoch (${secondsText(low)} to ${secondsText(high)}, n = ${String(own.n)}) ` +
    `beside ${other}, ${own.at}, record ${own.record.slice(0, 12)}`;
  const timeOf = ({ epochSec, image: of }: ImageMeasurement): string => `${secondsText(epochSec.value)} s of ${of}`;
  // Of what was played in turn the ratio tells more than two times, and where the plain image's was not kept, all.
  if (own.speedup !== undefined) {
    const { value: speedup, ...range } = own.speedup;
    const other = beside === undefined ? "the plain image of its run" : timeOf(beside);
    return { speedup, basis: "measured", evidence: evidence(other), range };
  }
  const plain = beside ?? newest(plains);
  if (plain === undefined) return null;
  if (own === plain) return { speedup: 1, basis: "measured", evidence: evidence(timeOf(plain)), range: null };
  const { value: speedup, ...range } = ratioOfBounded(own.epochSec, plain.epochSec);
  return { speedup, basis: "measured", evidence: evidence(timeOf(plain)), range };
}

/** What was published of an image, or of others beside it. */
function publishedExpectation(image: Image, { catalogue, workload }: MapperArgs): Expectation | null {
  const claims = catalogue.images.flatMap((other) =>
    other.claims.filter((claim) => claim.workload === workload).map((claim) => ({ ...claim, other })),
  );
  // Compared to another version, it says nothing of this version's plain image.
  const alike = claims.filter(
    ({ than, other }) => catalogue.images.find(({ id }) => id === than)?.version === other.version,
  );
  const own = alike.find(({ other }) => other.id === image.id);
  if (own !== undefined) {
    const evidence = `"${own.words}" (${own.source}, beside ${own.than})`;
    return { speedup: own.speedup, basis: "published", evidence, range: null };
  }
  const beside = alike.find(({ than }) => than === image.id);
  return beside === undefined
    ? null
    : {
        speedup: 1,
        basis: "published",
        evidence: `${beside.other.id} was compared to it (${beside.source})`,
        range: null,
      };
}

/** What the performance model expects where nobody measured; that it would have to extrapolate is said, not done. */
function predictedExpectation(
  image: Image,
  compilers: readonly GraphCompiler[],
  args: MapperArgs,
): { expected: Expectation | null; refusal: string | null } {
  const found = predictedSpeed(image, compilers, args);
  if (found === null) return { expected: null, refusal: null };
  if ("extrapolates" in found) {
    const beyond = found.extrapolates.join(", ");
    return { expected: null, refusal: `its speed is not predicted: the model would extrapolate in ${beyond}` };
  }
  const { speedup, low, high, n } = found;
  const evidence = `predicted ${speedup.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)}) from ${String(n)} records`;
  return { expected: { speedup, basis: "predicted", evidence, range: { low, high } }, refusal: null };
}

interface Ranked extends Omit<Candidate, "relativeTime">, Contender {}

const compilerNames = (compilers: readonly GraphCompiler[]): string =>
  compilers.length === 0 ? "no graph compiler" : compilers.join(" and ");

/** Compilers that an image's run switches on: those asked for, and oneDNN, which is on unless it is switched off. */
function compilersOf(image: Image, wish: ImageWish): GraphCompiler[] {
  const standing = image.compilers.filter((name) => name === "onednn" && !wish.without.includes(name));
  return [...new Set([...wish.compilers, ...standing])];
}

const buildWords: Readonly<Record<Image["build"]["kind"], string>> = {
  hub: "the project's own image",
  wheel: "the framework's wheel",
  source: "compiled from source for its target",
};

function versionReason(image: Image, wanted: string | null): string {
  if (wanted === null) return `no version was asked for, and ${image.version} is ${image.status}`;
  return isVersion(image.version, wanted)
    ? `is version ${image.version}, as asked for`
    : `is version ${image.version}: the one asked for is ${wanted}`;
}

function rangeText(range: Expectation["range"]): string {
  if (range === null) return "";
  const { low, high } = range;
  const verdict = low <= 1 && high >= 1 ? ", no credible difference" : "";
  return ` (${low.toFixed(2)} to ${high.toFixed(2)}${verdict})`;
}

function speedReason(expected: Expectation | null, workload: string | null): string {
  if (workload === null) return "its speed is not looked up: the request does not say what data it trains on";
  return expected === null
    ? `its speed on ${workload} is not known`
    : expected.basis === "predicted"
      ? `${expected.evidence}: times as fast as plain; nobody measured it`
      : `${expected.speedup.toFixed(2)} times as fast as plain${rangeText(expected.range)}, ${expected.basis}: ${expected.evidence}`;
}

/** How far a version is from the one asked for; where none is, the newest of what can still be had is nearest. */
function versionRank({ version, status }: Image, wanted: string | null): number[] {
  return wanted === null
    ? [status === "live" ? 0 : 1, -Number(majorOf(version)), -minorOf(version)]
    : [isVersion(version, wanted) ? 0 : Math.abs(minorOf(version) - minorOf(wanted))];
}

/**
 * Ways to run an image: as it is asked for, and with whatever else was measured on it here that nothing forbids. Only what
 * was measured can be better than what was asked for.
 */
function waysOf(image: Image, wish: ImageWish, { measurements = [], workload, target }: MapperArgs): Way[] {
  const asked: Way = { compilers: compilersOf(image, wish) };
  const measured = measurements
    .filter((each) => each.image === image.id && each.workload === workload && each.target === target)
    .filter(
      ({ compilers: on }) =>
        wish.compilers.every((name) => on.includes(name)) && !wish.without.some((name) => on.includes(name)),
    )
    .map(({ compilers, settings }): Way => ({ compilers, settings }));
  return [asked, ...measured].filter((one, index, all) => all.findIndex((other) => sameWay(one, other)) === index);
}

/** The speed that an expectation is ranked by; what nobody knows counts as plain. */
function countedSpeed(expected: Expectation | null): Bounded {
  const { speedup = 1, basis = null, range = null } = expected ?? {};
  if (basis === "measured" && range !== null) return { value: speedup, ...range };
  const value = range === null ? speedup : credibleSpeed(range);
  return { value, low: value, high: value };
}

/** How many compilers are on or off otherwise than they would be. */
function switched(compilers: readonly GraphCompiler[], standing: readonly GraphCompiler[]): number {
  const differing = (a: readonly GraphCompiler[], b: readonly GraphCompiler[]) => a.filter((name) => !b.includes(name));
  return differing(compilers, standing).length + differing(standing, compilers).length;
}

function rankedOf(image: Image, way: Way, wish: ImageWish, args: MapperArgs): Ranked {
  const { compilers, settings } = way;
  const measured = measuredExpectation(image, way, args);
  const predicted = measured === null ? predictedExpectation(image, compilers, args) : null;
  const expected = measured ?? predicted?.expected ?? publishedExpectation(image, args);
  const source = image.build.kind === "source";
  const asked = source ? ", as enable_opt_build asks" : "";
  const reasons = [
    versionReason(image, wish.version),
    `${buildWords[image.build.kind]}${asked}, with ${compilerNames(compilers)}`,
    ...(settings === undefined ? [] : [`tuned: ${settingsText(way)}`]),
    speedReason(expected, args.workload),
    ...(predicted?.refusal == null ? [] : [predicted.refusal]),
  ];
  return {
    ...{ image, ...way, reasons, expected, id: image.id },
    distance: versionRank(image, wish.version),
    speed: countedSpeed(expected),
    burden: [
      wish.optimisedBuild === source ? 0 : 1,
      settings === undefined ? 0 : 1,
      switched(compilers, compilersOf(image, wish)),
    ],
  };
}

/** Why one that may be slower goes before one that may be faster. */
function placeReasons({ contender, before }: Placed<Ranked>): string[] {
  if (before === null) return [];
  const { image, compilers, settings } = before.contender;
  const { value, ...range } = before.speed;
  const other = image.id === contender.image.id ? "" : `${image.id} `;
  const tuned = settings === undefined ? "" : ` and tuned (${settingsText({ compilers, settings })})`;
  const speed = `${value.toFixed(2)} times as fast${rangeText(range)}`;
  return [`goes before ${other}with ${compilerNames(compilers)}${tuned}: ${speed}, and this one ${before.because}`];
}

function relativeTime(one: Ranked, chosen: Ranked | undefined): number | null {
  if (chosen === undefined) return null;
  if (one === chosen) return 1;
  // Speeds that rest on different plain images are not compared.
  const comparable =
    one.image.framework === chosen.image.framework &&
    (one.expected?.basis !== "published" || one.image.version === chosen.image.version) &&
    one.expected?.basis === chosen.expected?.basis;
  return comparable && one.expected !== null && chosen.expected !== null
    ? chosen.expected.speedup / one.expected.speedup
    : null;
}

function notesOn(ranked: readonly Ranked[], wish: ImageWish, framework: ImageFramework): string[] {
  const [chosen] = ranked;
  if (chosen === undefined) return [`The catalogue has no image of ${framework} that can be it.`];
  const { image, compilers, expected } = chosen;
  const compiled = ranked.some(
    (each) => each.image.build.kind === "source" && each.image.version === chosen.image.version,
  );
  const optional = compilers.filter((compiler) => compiler !== "onednn");
  return [
    ...(wish.optimisedBuild && !compiled
      ? [`enable_opt_build is true, and the catalogue has no ${image.version} compiled for its target that can be it.`]
      : []),
    ...(image.status === "historical" ? [`${image.id} is historical: it may no longer be had.`] : []),
    ...(wish.version === null || isVersion(image.version, wish.version)
      ? []
      : [`Version ${wish.version} was asked for and is not in the catalogue; ${image.version} is the nearest.`]),
    ...(optional.length > 0 && expected?.basis !== "measured"
      ? [
          `Whether ${optional.join(" and ")} makes this faster is not measured; graph compilers also made trainings slower.`,
        ]
      : []),
  ];
}

/**
 * Chooses the image for a wish: what cannot be it is refused with its reason, the rest is ranked by version, by what was
 * measured or published of its speed on the workload, and, where that cannot tell them apart, by what each takes.
 *
 * @param wish what the image has to be
 * @param args what the choice is made from
 * @returns The choice with its reasons, and what the others would cost. Pure.
 */
export function mapImage(wish: ImageWish, args: MapperArgs): Mapping {
  const ofFramework = args.catalogue.images.filter(({ framework }) => framework === wish.framework);
  const refused = ofFramework.flatMap((image) => {
    const why = refusalOf(image, wish);
    return why === null ? [] : [{ id: image.id, why }];
  });
  const ranked = ofFramework
    .filter((image) => refusalOf(image, wish) === null)
    .flatMap((image) => waysOf(image, wish, args).map((way) => rankedOf(image, way, wish, args)));
  const order = ranking(ranked);
  const chosen = order[0]?.contender;
  const candidates = order.map((place): Candidate => {
    const { id: _id, distance: _distance, speed: _speed, burden: _burden, ...rest } = place.contender;
    const reasons = [...rest.reasons, ...placeReasons(place)];
    return { ...rest, reasons, relativeTime: relativeTime(place.contender, chosen) };
  });
  return {
    chosen: candidates[0] ?? null,
    runnersUp: candidates.slice(1),
    refused,
    notes: notesOn(
      order.map(({ contender }) => contender),
      wish,
      wish.framework,
    ),
  };
}
