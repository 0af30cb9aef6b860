import type { PerformanceModelFile } from "../measure/performance-model.ts";
import { columnLines } from "./columns.ts";

const percent = (share: number | null): string => (share === null ? "–" : `${(100 * share).toFixed(1)} %`);

/** Largest absolute error of an image, which a median hides. */
function worst(errors: readonly number[]): number {
  return Math.max(...errors.map(Math.abs));
}

/**
 * A performance model for people: what it was fitted on, how far off it is on images that it had not seen, and its
 * coefficients, largest first.
 */
export function performanceModelText({ observations, validation, model }: PerformanceModelFile): string {
  const { images, medianError, medianErrorOfAll } = validation;
  const rows = images.map(({ variant, errors, extrapolates }) => [
    variant,
    String(errors.length),
    percent(worst(errors)),
    extrapolates.length === 0 ? "" : `extrapolates ${extrapolates.join(", ")}`,
  ]);
  const coefficients = model.coefficients
    .toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .map(({ name, value }) => [name, value.toFixed(3)]);
  return [
    `${observations.length} records of ${images.length} images; residuals of ${percent(Math.expm1(model.sigma))}, ` +
      `ridge ${model.penalty.ridge} (products ${model.penalty.products} times that), ${model.freedom.toFixed(1)} degrees of freedom`,
    `images left out: median error ${percent(medianError)} without extrapolation, ${percent(medianErrorOfAll)} of all`,
    "",
    ...columnLines([["left out", "records", "largest error", ""], ...rows], [1, 2]),
    "",
    ...columnLines([["column", "change of log seconds per standard deviation"], ...coefficients], [1]),
    "",
  ].join("\n");
}
