import { existsSync } from "node:fs";
import { join } from "node:path";
import { type CloudPrices, cloudNames } from "../catalogue/prices/cloud-schema.ts";
import { cloudPrices, priceBook, readCloudPrices, readPrivateBook } from "../catalogue/prices/index.ts";
import type { PrivateBook } from "../catalogue/prices/private-schema.ts";
import type { PriceQuestion } from "../measure/planned-cost.ts";
import { stateDirectory } from "../provider/machine.ts";

/** File of a cloud's prices that this user refreshed. */
export function refreshedFile(provider: CloudPrices["provider"]): string {
  return join(stateDirectory(), "prices", `${provider}.json`);
}

/** Prices of all clouds: those that this user refreshed, and of the others those that came with the program. */
export function knownPrices(): readonly CloudPrices[] {
  const shipped = cloudPrices();
  return cloudNames.flatMap((provider) => {
    const file = refreshedFile(provider);
    return existsSync(file) ? [readCloudPrices(file)] : shipped.filter((one) => one.provider === provider);
  });
}

/** The user's own price book, if one was given. */
export function bookFrom(file: string | undefined): PrivateBook | null {
  return file === undefined ? null : readPrivateBook(file);
}

/** All prices that are known here, with those of a user's own book. */
export function priceTable(book: PrivateBook | null) {
  return { clouds: knownPrices(), book, functions: priceBook("aws-2026") };
}

/**
 * What a plan is asked to cost by all prices that are known here, in the currency of the book, else in USD.
 *
 * @param file the user's own price book, if one was given
 */
export function questionBy(file: string | undefined): PriceQuestion {
  const book = bookFrom(file);
  return { table: priceTable(book), currency: book?.currency ?? "USD", here: null, region: null };
}
