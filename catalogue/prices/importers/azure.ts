import { z } from "zod";
import { UnderlayError } from "../../../measure/error.ts";
import type { Found } from "./found.ts";

const host = "https://prices.azure.com";

const itemSchema = z.object({
  currencyCode: z.string(),
  tierMinimumUnits: z.number(),
  retailPrice: z.number(),
  armRegionName: z.string(),
  productName: z.string(),
  skuName: z.string(),
  meterName: z.string(),
  unitOfMeasure: z.string(),
  type: z.string(),
  armSkuName: z.string().nullish(),
});
const pageSchema = z.object({ Items: z.array(itemSchema), NextPageLink: z.string().nullish() });

/** Address of the first page of the retail prices of a region's virtual machines. */
export function azurePricesUrl(region: string): string {
  const filter = `serviceName eq 'Virtual Machines' and armRegionName eq '${region}' and priceType eq 'Consumption'`;
  return `${host}/api/retail/prices?api-version=2023-01-01-preview&$filter=${encodeURIComponent(filter)}`;
}

/** Whether an item is the price of a machine on demand, under Linux. */
function isOnDemand({
  type,
  unitOfMeasure,
  tierMinimumUnits,
  productName,
  skuName,
  meterName,
}: z.output<typeof itemSchema>) {
  const reduced = /\b(?:Spot|Low Priority)\b/i.test(`${skuName} ${meterName}`);
  const plain = !/Windows|CloudServices|Dedicated Host/i.test(productName);
  return type === "Consumption" && unitOfMeasure === "1 Hour" && tierMinimumUnits === 0 && plain && !reduced;
}

/** One page of the Azure Retail Prices API. */
export interface AzurePage {
  /** Price for an hour, by the name of the size; items with other terms are left out. */
  readonly perHour: ReadonlyMap<string, number>;
  /** Address of the next page; null on the last one. */
  readonly next: string | null;
}

/**
 * Reads one page of the Azure Retail Prices API.
 *
 * @throws UnderlayError `prices-invalid` when it is no such page, is in another currency or region, or names two prices
 *   for one size
 * @source Microsoft Learn, Azure Retail Prices overview: the items' properties, and that pages have 1,000 of them
 */
export function readAzurePage(text: string, region: string): AzurePage {
  const parsed = pageSchema.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new UnderlayError("prices-invalid", `It is no page of prices: ${z.prettifyError(parsed.error)}`);
  const perHour = new Map<string, number>();
  for (const item of parsed.data.Items.filter(isOnDemand)) {
    const { armSkuName, retailPrice, currencyCode, armRegionName } = item;
    if (currencyCode !== "USD" || armRegionName !== region) {
      throw new UnderlayError(
        "prices-invalid",
        `An item is in ${currencyCode} and ${armRegionName}, not USD and ${region}.`,
      );
    }
    if (armSkuName === null || armSkuName === undefined || armSkuName === "" || retailPrice <= 0) continue;
    const before = perHour.get(armSkuName);
    if (before !== undefined && before !== retailPrice) {
      throw new UnderlayError(
        "prices-invalid",
        `${armSkuName} has two prices: ${String(before)} and ${String(retailPrice)}.`,
      );
    }
    perHour.set(armSkuName, retailPrice);
  }
  return { perHour, next: nextOf(parsed.data.NextPageLink ?? null) };
}

/** The next page, of the same host alone: an answer may not send us elsewhere. */
function nextOf(link: string | null): string | null {
  if (link === null || link === "") return null;
  const { protocol, hostname } = new URL(link);
  if (protocol === "https:" && hostname === new URL(host).hostname) return link;
  throw new UnderlayError("prices-invalid", `The next page is said to be at ${hostname}.`, `It must be at ${host}.`);
}

/** What all pages together say. */
export function azureFound(pages: readonly AzurePage[], region: string, asOf: string): Found {
  const perHour = new Map(pages.flatMap((page) => [...page.perHour]));
  return { perHour, url: azurePricesUrl(region), title: "Azure Retail Prices API", asOf };
}
