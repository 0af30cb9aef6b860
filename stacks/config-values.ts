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
