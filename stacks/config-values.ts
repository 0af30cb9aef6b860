import { existsSync, readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";

/** A whole number within limits; what the limit is for follows it. */
export function whole(min: number, max?: number, reason = "") {
  const allowed =
    max === undefined
      ? `must be a whole number of at least ${String(min)}`
      : `must be a whole number from ${String(min)} to ${String(max)}${reason}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, allowed)
    .transform(Number)
    .refine((value) => value >= min && value <= (max ?? Number.MAX_SAFE_INTEGER), allowed);
}

/** A whole number of at least 1. */
export const count = whole(1);

/** One of some words. */
export const oneOf = <const T extends readonly string[]>(names: T): z.ZodType<T[number]> =>
  z.enum(names, { error: () => `must be one of ${names.join(", ")}` });

/** Whether there is such a folder. */
export const isFolder = (path: string): boolean => path !== "" && existsSync(path) && statSync(path).isDirectory();
/** Whether there is such a file. */
export const isFile = (path: string): boolean => path !== "" && existsSync(path) && statSync(path).isFile();
/** Whether there is a folder with shards of a data set in ImageNet's format. */
export const isShardSet = (path: string): boolean =>
  isFolder(path) && readdirSync(path).some((name) => /^train-\d{5}-of-\d{5}$/.test(name));

const paths = new WeakSet<z.ZodType>();
function markPath<T extends z.ZodType>(schema: T): T {
  paths.add(schema);
  return schema;
}

/** Whether what is read is a path, which a command reads from where it was called. */
export function isPath(schema: z.core.$ZodType): boolean {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return isPath(schema.unwrap());
  return schema instanceof z.ZodType && paths.has(schema);
}

/** What has to be there, as an absolute path. */
export const pathOf = (isThere: (path: string) => boolean, message: string) =>
  markPath(
    z
      .string()
      .refine(isThere, message)
      .transform((path) => resolve(path)),
  );

/** Folder of the records, which is made where it is not there. */
export const recordDirectory = markPath(z.string().min(1, "must be a folder")).default("out/records");
