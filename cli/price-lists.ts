import { existsSync } from "node:fs";
import { join } from "node:path";
import { type CloudPrices, cloudNames } from "../catalogue/prices/cloud-schema.ts";
import { cloudPrices, readCloudPrices, readPrivateBook } from "../catalogue/prices/index.ts";
import type { PrivateBook } from "../catalogue/prices/private-schema.ts";
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
