import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { UnderlayError } from "../measure/error.ts";

/**
 * Files of records: those that are named, and those in folders that are named, in order.
 *
 * @param paths Files and folders.
 * @param isRecord Whether a file of a folder is one, by its name.
 * @param recursive Whether folders in folders are looked through.
 * @throws UnderlayError `records-not-found`
 */
export function recordFiles(
  paths: readonly string[],
  isRecord: (name: string) => boolean,
  recursive: boolean,
): string[] {
  return paths.flatMap((path) => {
    if (!existsSync(path)) throw new UnderlayError("records-not-found", `There is no ${path}.`);
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { recursive, encoding: "utf8" })
      .filter(isRecord)
      .sort()
      .map((name) => join(path, name));
  });
}
