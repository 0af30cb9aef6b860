import type { CloudPrices } from "../../catalogue/prices/cloud-schema.ts";
import type { PrivateBook } from "../../catalogue/prices/private-schema.ts";
import type { PriceBook } from "../../catalogue/prices/schema.ts";
import { privatePrices } from "../private-prices.ts";

/** Everything that prices are looked up in. */
export interface PriceTable {
  readonly clouds: readonly CloudPrices[];
  /** The user's own. What it names goes before what a catalogue has. */
  readonly book: PrivateBook | null;
  /** What AWS Lambda charges; null leaves it out. */
  readonly functions: PriceBook | null;
}

/** A price as it was found, with its day and where it is written. */
export interface DatedPrice {
  readonly amount: number;
  readonly currency: string;
  readonly asOf: string;
  readonly source: string;
  /** Region that it is for; null where it is for everywhere. */
  readonly region: string | null;
}

/** A price for an hour of what the user's own book names. */
export function ownPrice({ book }: PriceTable, name: string): DatedPrice | null {
  const found = book === null ? undefined : privatePrices(book).find((one) => one.name === name);
  if (found === undefined) return null;
  const { perHour, currency, asOf, source } = found;
  return { amount: perHour, currency, asOf, source, region: null };
}

function sourced(cloud: CloudPrices, amount: number, key: string, region: string): DatedPrice {
  const source = cloud.sources[key];
  const text = source === undefined ? key : `${source.title}${source.secondHand ? " (second hand)" : ""}`;
  return { amount, currency: cloud.currency, asOf: source?.asOf ?? "", source: text, region };
}

/** A price for an hour of an instance's type in a cloud. */
export function instancePrice(table: PriceTable, provider: CloudPrices["provider"], type: string): DatedPrice | null {
  const own = ownPrice(table, type);
  if (own !== null) return own;
  const cloud = table.clouds.find((one) => one.provider === provider);
  const found = cloud?.instances.find((one) => one.type === type);
  return cloud === undefined || found === undefined ? null : sourced(cloud, found.perHour, found.source, cloud.region);
}

/** A price of one of a cloud's services, by its id, and what it is for. */
export function servicePrice(
  table: PriceTable,
  provider: CloudPrices["provider"],
  id: string,
): (DatedPrice & { readonly per: string }) | null {
  const own = ownPrice(table, id);
  if (own !== null) return { ...own, per: "hour" };
  const cloud = table.clouds.find((one) => one.provider === provider);
  const found = cloud?.services.find((one) => one.id === id);
  if (cloud === undefined || found === undefined) return null;
  return { ...sourced(cloud, found.price, found.source, found.region ?? cloud.region), per: found.per };
}
