import { hoursPerMonth } from "./function-cost.ts";

/** A price with its currency and day, or why there is none. */
export type ServicePrice =
  | { readonly value: number; readonly currency: string; readonly asOf: string; readonly reason: null }
  | { readonly value: null; readonly currency: null; readonly asOf: null; readonly reason: string };

/** A machine that replicas run on, and what it costs. */
export interface NodePrice {
  /** For an hour. */
  readonly perHour: number;
  /** By ISO 4217. */
  readonly currency: string;
  /** The day that it held, such as 2026-07-20. */
  readonly asOf: string;
  /** What pods may have of it. */
  readonly cpus: number;
  /** The same of memory, in MiB. */
  readonly memoryMiB: number;
}

/** Replicas of a service, and what each takes. */
export interface Replicas {
  readonly count: number;
  readonly cpus: number;
  readonly memoryMiB: number;
}

/** A price that is not known. */
export const noPrice = (reason: string): ServicePrice => ({ value: null, currency: null, asOf: null, reason });

/**
 * What replicas cost for an hour: the share of a node that each takes of whatever it takes most of, since what remains of
 * the others cannot be used without it.
 */
export function replicasPerHour(node: NodePrice | undefined, replicas: Replicas): ServicePrice {
  if (node === undefined)
    return noPrice("nobody said what a machine costs: give nodePrice, of the catalogue or a price book");
  const share = Math.max(replicas.cpus / node.cpus, replicas.memoryMiB / node.memoryMiB);
  const { currency, asOf } = node;
  return { value: replicas.count * share * node.perHour, currency, asOf, reason: null };
}

/**
 * What a thousand predictions cost where so many replicas are all busy, at the rate that one was measured to answer.
 *
 * @param perHour Of all replicas.
 * @param count Replicas.
 * @param perSecond Answers of one in a second; null or undefined where nobody measured them.
 */
export function perThousand(perHour: ServicePrice, count: number, perSecond: number | null | undefined): ServicePrice {
  if (perHour.value === null) return perHour;
  if (perSecond === null || perSecond === undefined) {
    return noPrice("nobody measured how many requests a replica answers in a second: give measured");
  }
  return { ...perHour, value: perHour.value / (count * perSecond * 3.6) };
}

/** An hour's price of what costs so much in a month. */
export function monthly(perMonth: number, currency: string, asOf: string): ServicePrice {
  return { value: perMonth / hoursPerMonth, currency, asOf, reason: null };
}
