import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { messageOf, UnderlayError } from "../../measure/error.ts";
import { cloudNames, type CloudPrices, cloudPricesSchema } from "./cloud-schema.ts";
import { type PrivateBook, privateBookSchema } from "./private-schema.ts";
import { type PriceBook, priceBookSchema } from "./schema.ts";

/** Price books that are known, by id, the newest first. */
export const priceBookNames = ["aws-2026", "aws-2017"] as const;
/** A price book that is known. */
export type PriceBookName = (typeof priceBookNames)[number];

const text = (name: string): string => readFileSync(new URL(`./${name}.json`, import.meta.url), "utf8");

/**
 * What a provider charged at a date.
 *
 * @throws ZodError when its file is not what the schema wants, which a test rules out.
 */
export function priceBook(name: PriceBookName): PriceBook {
  return priceBookSchema.parse(JSON.parse(text(name)));
}

/**
 * What clouds charge, each in one region.
 *
 * @throws ZodError when a file is not what the schema wants, which a test rules out.
 */
export function cloudPrices(): readonly CloudPrices[] {
  return cloudNames.map((name) => cloudPricesSchema.parse(JSON.parse(text(`clouds/${name}`))));
}

function read<T>(file: string, schema: z.ZodType<T>, what: string): T {
  if (!existsSync(file)) throw new UnderlayError("prices-unknown", `There is no file ${file}.`, `Give ${what}.`);
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new UnderlayError("prices-invalid", `${file} is not ${what}: ${why}`, null, { cause });
  }
}

/**
 * Reads what machines of one's own cost.
 *
 * @throws UnderlayError `prices-unknown` without such a file, `prices-invalid` when it is no such book
 */
export function readPrivateBook(file: string): PrivateBook {
  return read(file, privateBookSchema, "a private price book (docs/schemas/private-price-book.schema.json)");
}

/**
 * Reads a list of prices that was refreshed.
 *
 * @throws UnderlayError `prices-unknown` without such a file, `prices-invalid` when it is no such list
 */
export function readCloudPrices(file: string): CloudPrices {
  return read(file, cloudPricesSchema, "a price list of a cloud (docs/schemas/cloud-prices.schema.json)");
}
