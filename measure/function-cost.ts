import type { PriceBook } from "../catalogue/prices/schema.ts";
import type { EndpointFacts } from "./endpoint.ts";
import { UnderlayError } from "./error.ts";
import type { Estimate } from "./statistics.ts";

/** An instance, as far as it decides prices. */
export type PricedInstance = Pick<EndpointFacts, "memoryMiB" | "architecture" | "ephemeralStorageMiB">;

/** What one request costs, in the book's currency, at the price of the first ones of a month. */
export interface RequestCost {
  readonly duration: number;
  /** Null where the book does not know it; it is then not in `total`. */
  readonly request: number | null;
  /** Null where the book does not know it, and 0 where no HTTP API is in front. */
  readonly httpApi: number | null;
  readonly total: number;
}

/** Hours of a month, as providers count them. */
export const hoursPerMonth = 730;
const million = 1e6;
const mebibytesPerGibibyte = 1024;
/** Space under /tmp that costs nothing, in MiB. */
const freeStorageMiB = 512;

const gib = ({ memoryMiB }: PricedInstance): number => memoryMiB / mebibytesPerGibibyte;
const firstPrice = (tiers: readonly { readonly price: number }[]): number => tiers[0]?.price ?? 0;

/**
 * What a book charges for a second of a request's duration on an instance.
 *
 * @throws UnderlayError `price-unknown` when the book has no price for that memory.
 */
function perSecond({ name, function: service }: PriceBook, instance: PricedInstance): number {
  const { duration, billingUnitMs, ephemeralStoragePerGibSecond } = service;
  const storage = Math.max(0, instance.ephemeralStorageMiB - freeStorageMiB) / mebibytesPerGibibyte;
  const extra = storage * (ephemeralStoragePerGibSecond ?? 0);
  if (duration.by === "gibSecond")
    return gib(instance) * firstPrice(duration.architectures[instance.architecture]) + extra;
  const unit = duration.perUnit[String(instance.memoryMiB)];
  if (unit === undefined) {
    throw new UnderlayError(
      "price-unknown",
      `${name} has no price for ${instance.memoryMiB} MB.`,
      `It has those of ${Object.keys(duration.perUnit).join(", ")} MB.`,
    );
  }
  return (unit * 1000) / billingUnitMs + extra;
}

/**
 * What one request costs.
 *
 * @param book Prices.
 * @param instance What it ran on.
 * @param billedSec What is charged of its duration, in seconds; it is rounded up to the book's billing unit.
 * @param throughHttpApi Whether it came through an HTTP API.
 * @throws UnderlayError `price-unknown`
 */
export function costOfRequest(
  book: PriceBook,
  instance: PricedInstance,
  billedSec: number,
  throughHttpApi: boolean,
): RequestCost {
  const { billingUnitMs, perMillionRequests } = book.function;
  // What is a whole number of units but for rounding in binary must not become one more.
  const units = Math.max(1, Math.ceil(Number(((billedSec * 1000) / billingUnitMs).toFixed(6))));
  const duration = (units * billingUnitMs * perSecond(book, instance)) / 1000;
  const request = perMillionRequests === null ? null : perMillionRequests / million;
  const api = book.httpApiPerMillion === null ? null : firstPrice(book.httpApiPerMillion) / million;
  const httpApi = throughHttpApi ? api : 0;
  return { duration, request, httpApi, total: duration + (request ?? 0) + (httpApi ?? 0) };
}

/** How instances are kept warm. */
export interface KeepWarm {
  /** How many. */
  readonly minimum: number;
  /** By a request to each of them at this interval, in minutes; null for instances that the service provisions. */
  readonly everyMin: number | null;
}

/**
 * What keeping instances warm costs in a month, without the predictions that they make.
 *
 * @param book Prices.
 * @param instance What is kept.
 * @param keepWarm How.
 * @param billedSec What is charged of a request that only keeps an instance warm; the least that is charged by default.
 * @returns null with a reason where the book knows no price for it
 * @throws UnderlayError `price-unknown`
 */
export function keepWarmPerMonth(
  book: PriceBook,
  instance: PricedInstance,
  keepWarm: KeepWarm,
  billedSec = 0,
): Estimate<number> {
  const { minimum, everyMin } = keepWarm;
  const seconds = hoursPerMonth * 3600;
  if (everyMin !== null) {
    const requests = (minimum * seconds) / (60 * everyMin);
    return { value: requests * costOfRequest(book, instance, billedSec, false).total, reason: null };
  }
  const provisioned = book.function.provisioned?.[instance.architecture];
  if (provisioned === undefined) {
    return { value: null, reason: `${book.name} has no price for provisioned concurrency` };
  }
  return { value: minimum * gib(instance) * seconds * provisioned.perGibSecond, reason: null };
}

/**
 * The rate of requests at which hosts that cost the same all the time become cheaper than a function: below it the function
 * is cheaper, above it the hosts are.
 *
 * @param costPerRequest Of the function, above 0.
 * @param pricePerHour Of one host, in the same currency.
 * @param requestsPerSec That one host can serve; null when it is not known, and one host is taken to be enough.
 * @returns requests per second; null with a reason when the function is cheaper at any rate
 */
export function breakEvenRate(
  costPerRequest: number,
  pricePerHour: number,
  requestsPerSec: number | null,
): Estimate<number> {
  const rate = pricePerHour / 3600 / costPerRequest;
  if (requestsPerSec !== null && rate > requestsPerSec) {
    return { value: null, reason: "a request costs less on the function than on a host that is never idle" };
  }
  return { value: rate, reason: null };
}
