import { readFileSync } from "node:fs";
import { type PriceBook, priceBookSchema } from "./schema.ts";

/** Price books that are known, by id, the newest first. */
export const priceBookNames = ["aws-2026", "aws-2017"] as const;
/** A price book that is known. */
export type PriceBookName = (typeof priceBookNames)[number];

/**
 * What a provider charged at a date.
 *
 * @throws ZodError when its file is not what the schema wants, which a test rules out.
 */
export function priceBook(name: PriceBookName): PriceBook {
  return priceBookSchema.parse(JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), "utf8")));
}
