import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { messageOf, UnderlayError } from "../measure/error.ts";

/** What a file of a user's measurements holds, in its versioned form. */
export interface MeasurementsFile<M> {
  readonly schemaVersion: number;
  readonly measurements: M[];
}

/**
 * Reads a file of measurements, the newest first; none when there is no such file.
 *
 * @throws UnderlayError `measurements-invalid` when it is no such file
 */
export function readMeasurementsIn<M>(file: string, schema: z.ZodType<MeasurementsFile<M>>): readonly M[] {
  if (!existsSync(file)) return [];
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8"))).measurements;
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new UnderlayError("measurements-invalid", `${file} is no file of measurements: ${why}`, null, { cause });
  }
}

/** Writes measurements that a schema allows, the newest first; the file is whole at any time. */
export function writeMeasurementsTo<M>(
  file: string,
  schema: z.ZodType<MeasurementsFile<M>>,
  content: { readonly schemaVersion: number; readonly measurements: readonly M[] },
): void {
  const checked = schema.parse(content);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${String(process.pid)}`;
  writeFileSync(aside, `${JSON.stringify(checked, null, 2)}\n`);
  renameSync(aside, file);
}
