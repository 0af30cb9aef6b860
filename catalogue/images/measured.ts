import { join } from "node:path";
import { readMeasurementsIn, writeMeasurementsTo } from "../measurements-file.ts";
import { imageCatalogueVersion, type ImageMeasurement, imageMeasurementsSchema } from "./schema.ts";

/**
 * The file of what a user measured of images.
 *
 * @param state the folder of what a user keeps
 */
export function measuredFile(state: string): string {
  return join(state, "measurements", "images.json");
}

/**
 * Reads a file of measurements, the newest first; none when there is no such file.
 *
 * @throws UnderlayError `measurements-invalid` when it is no such file
 */
export function readMeasurements(file: string): readonly ImageMeasurement[] {
  return readMeasurementsIn(file, imageMeasurementsSchema);
}

/** Adds measurements before those that are there; the file is whole at any time. */
export function addMeasurements(file: string, added: readonly ImageMeasurement[]): void {
  const measurements = [...added, ...readMeasurements(file)];
  writeMeasurementsTo(file, imageMeasurementsSchema, { schemaVersion: imageCatalogueVersion, measurements });
}
