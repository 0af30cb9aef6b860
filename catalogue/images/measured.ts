import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { messageOf, UnderlayError } from "../../measure/error.ts";
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
  if (!existsSync(file)) return [];
  try {
    return imageMeasurementsSchema.parse(JSON.parse(readFileSync(file, "utf8"))).measurements;
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new UnderlayError("measurements-invalid", `${file} is no file of measurements: ${why}`, null, { cause });
  }
}

/** Adds measurements before those that are there; the file is whole at any time. */
export function addMeasurements(file: string, added: readonly ImageMeasurement[]): void {
  const measurements = [...added, ...readMeasurements(file)];
  const content = imageMeasurementsSchema.parse({ schemaVersion: imageCatalogueVersion, measurements });
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${String(process.pid)}`;
  writeFileSync(aside, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(aside, file);
}
