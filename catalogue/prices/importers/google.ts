import { z } from "zod";
import { UnderlayError } from "../../../measure/error.ts";
import type { CloudPrices, InstancePrice } from "../cloud-schema.ts";
import type { Found } from "./found.ts";

/** Id of Compute Engine in the catalogue. */
const computeEngine = "6F81-5844-456A";
const host = "https://cloudbilling.googleapis.com";

const skuSchema = z.object({
  description: z.string(),
  category: z.object({ resourceFamily: z.string(), usageType: z.string() }),
  serviceRegions: z.array(z.string()),
  pricingInfo: z.array(
    z.object({
      effectiveTime: z.string().optional(),
      pricingExpression: z.object({
        usageUnit: z.string(),
        tieredRates: z.array(
          z.object({
            startUsageAmount: z.number(),
            unitPrice: z.object({ currencyCode: z.string(), units: z.string(), nanos: z.number() }),
          }),
        ),
      }),
    }),
  ),
});
const pageSchema = z.object({ skus: z.array(skuSchema), nextPageToken: z.string().optional() });

/** What is charged for one unit, of what a description names. */
export interface GoogleSku {
  readonly description: string;
  readonly unit: string;
  readonly price: number;
}

/** Address of a page of the catalogue of Compute Engine; the key goes into a header, and into no address. */
export function googleSkusUrl(page: string | null): string {
  const token = page === null || page === "" ? "" : `&pageToken=${encodeURIComponent(page)}`;
  return `${host}/v1/services/${computeEngine}/skus?currencyCode=USD&pageSize=5000${token}`;
}

/**
 * Reads one page of the Cloud Billing Catalog API: what is charged on demand in a region for compute.
 *
 * @throws UnderlayError `prices-invalid` when it is no such page
 * @source Google Cloud Billing documentation, Get publicly available Google Cloud pricing information; Money: whole units and
 *   10⁻⁹ of a unit
 */
export function readGooglePage(text: string, region: string): { skus: readonly GoogleSku[]; next: string | null } {
  const parsed = pageSchema.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new UnderlayError("prices-invalid", `It is no page of prices: ${z.prettifyError(parsed.error)}`);
  const { skus, nextPageToken } = parsed.data;
  const own = skus.filter(
    ({ category, serviceRegions }) =>
      category.resourceFamily === "Compute" && category.usageType === "OnDemand" && serviceRegions.includes(region),
  );
  const read = own.flatMap(({ description, pricingInfo }) => {
    const expression = pricingInfo.at(-1)?.pricingExpression;
    // A rate that starts at 0 and costs nothing is a free allowance; these are not part of the catalogue.
    const rate = expression?.tieredRates.find(({ unitPrice }) => unitPrice.units !== "0" || unitPrice.nanos > 0);
    if (expression === undefined || rate?.unitPrice.currencyCode !== "USD") return [];
    const price = Number(rate.unitPrice.units) + rate.unitPrice.nanos / 1e9;
    return [{ description, unit: expression.usageUnit, price }];
  });
  return { skus: read, next: nextPageToken === undefined || nextPageToken === "" ? null : nextPageToken };
}

/** Accelerators as descriptions call them, by our name. */
const gpuTexts: Readonly<Record<string, RegExp>> = {
  "nvidia l4": /^Nvidia L4 GPU running in /,
  "nvidia a100": /^Nvidia Tesla A100 GPU running in /,
  "nvidia h100": /^Nvidia H100 80GB GPU running in /,
};

/**
 * Price of a machine: that of its cores, its memory and its accelerators, each of which is charged for by itself.
 *
 * @returns null where one of them is not in the catalogue, or there twice at different prices
 */
function priceOf({ type, vcpus, memoryMiB, gpus }: InstancePrice, skus: readonly GoogleSku[]): number | null {
  const family = type.split("-")[0]?.toUpperCase() ?? "";
  const one = (text: RegExp, unit: string): number | null => {
    const prices = new Set(
      skus.filter((sku) => text.test(sku.description) && sku.unit === unit).map(({ price }) => price),
    );
    return prices.size === 1 ? ([...prices][0] ?? null) : null;
  };
  const core = one(new RegExp(`^${family} Instance Core running in `), "h");
  const memory = one(new RegExp(`^${family} Instance Ram running in `), "GiBy.h");
  const gpuText = gpus === null ? undefined : gpuTexts[gpus.name];
  const gpu = gpus === null ? 0 : gpuText === undefined ? null : one(gpuText, "h");
  if (core === null || memory === null || gpu === null) return null;
  return core * vcpus + (memory * memoryMiB) / 1024 + gpu * (gpus?.count ?? 0);
}

/** What the catalogue says of the machines of a list, put together from their parts. */
export function googleFound(list: CloudPrices, skus: readonly GoogleSku[], asOf: string): Found {
  const known = list.instances.flatMap((one): [string, number][] => {
    const price = priceOf(one, skus);
    return price === null ? [] : [[one.type, Number(price.toFixed(9))]];
  });
  return { perHour: new Map(known), url: googleSkusUrl(null), title: "Google Cloud Billing Catalog API", asOf };
}
