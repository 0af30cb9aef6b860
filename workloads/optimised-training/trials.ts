import type { GraphCompiler, Image, ImageMeasurement, RunSettings } from "../../catalogue/images/schema.ts";
import type { Candidate } from "./mapper.ts";
import { sameSet, sameWay } from "./way.ts";

/** A configuration that a training is measured in. */
export interface Trial {
  /** `chosen`, `plain`, or what is tried besides, such as `with-xla`. */
  readonly name: string;
  readonly image: Image;
  /** Compilers that are switched on. */
  readonly compilers: readonly GraphCompiler[];
  /** Tuned ones. @default the framework's defaults */
  readonly settings?: RunSettings | undefined;
}

/** What trials are picked by. */
export interface TrialArgs {
  /** Those that the plain image is looked for among. */
  readonly images: readonly Image[];
  /** What was measured before of this workload on this target. */
  readonly measured: readonly ImageMeasurement[];
  /** Compilers that must be off. */
  readonly without: readonly GraphCompiler[];
}

/** Compilers that are on unless somebody switches them off. */
function standing(image: Image, without: readonly GraphCompiler[]): GraphCompiler[] {
  return image.compilers.filter((name) => name === "onednn" && !without.includes(name));
}

/** What the chosen one is held against: its framework's image as it is published, with no graph compiler on. */
function plainOf({ image }: Candidate, { images, without }: TrialArgs): Trial {
  const alike = images.find(
    (other) =>
      other.build.kind !== "source" &&
      other.framework === image.framework &&
      other.version === image.version &&
      other.accelerator === image.accelerator,
  );
  const plain = image.build.kind === "source" ? (alike ?? image) : image;
  return { name: "plain", image: plain, compilers: standing(plain, without) };
}

/**
 * What is trained: the choice, the plain image that it is held against, and each further compiler of the chosen image
 * that nothing forbids and nobody measured yet, since what is not measured cannot be chosen.
 *
 * @param chosen the choice of an image
 * @param args what trials are picked by
 */
export function trialsOf(chosen: Candidate, args: TrialArgs): Trial[] {
  const { image, compilers, settings } = chosen;
  const known = ({ compilers: on }: Trial): boolean =>
    args.measured.some((each) => each.image === image.id && sameSet(each.compilers, on));
  const further = image.compilers
    .filter((name) => name !== "onednn" && !compilers.includes(name) && !args.without.includes(name))
    .map((name): Trial => ({ name: `with-${name}`, image, compilers: [name, ...compilers] }))
    .filter((trial) => !known(trial));
  const wanted: Trial[] = [plainOf(chosen, args), { name: "chosen", image, compilers, settings }, ...further];
  const alike = (one: Trial, other: Trial): boolean => one.image.id === other.image.id && sameWay(one, other);
  return wanted.filter((trial, index) => wanted.findIndex((one) => alike(one, trial)) === index);
}
