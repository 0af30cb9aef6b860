import { z } from "zod";
import { convert } from "./private-prices.ts";
import type { PriceTable } from "./planned/price-table.ts";
import { ownPrice } from "./planned/price-table.ts";
import type { PlannedChange, PlannedResource } from "./planned/resource.ts";
import { type Charge, chargeOf } from "./planned/rules.ts";

/** A resource and what it is charged for. */
export interface PlannedCharge {
  readonly name: string;
  readonly type: string;
  readonly urn: string;
  readonly charge: Charge;
}

/** An amount for an hour, in one currency. */
export interface Total {
  readonly currency: string;
  readonly perHour: number;
}

/** What a stack costs before it is made. */
export interface PlannedCost {
  /** What is charged for; resources that nothing is charged for are left out. */
  readonly charges: readonly PlannedCharge[];
  /** Sum of what is charged by the hour, in each currency that no rate brings into another. */
  readonly totals: readonly Total[];
  /** Rates that were used, each with its day. */
  readonly rates: readonly string[];
  /** Names of resources whose price is not known: they are in no total. */
  readonly unknown: readonly string[];
  /** Names of resources that are charged by use: they are in no total. */
  readonly byUse: readonly string[];
}

/** How it is asked. */
export interface PriceQuestion {
  readonly table: PriceTable;
  /** Currency that prices are brought into where the book has a rate. */
  readonly currency: string;
  /** Machine of the price book that the machine at hand is; null leaves it out. */
  readonly here: string | null;
  /** Region of AWS; null where the stack's own providers tell, or nothing does. */
  readonly region: string | null;
}

/** Region that a provider of AWS in the stack is set to. */
function regionIn(resources: readonly PlannedResource[]): string | null {
  const provider = resources.find(({ type }) => type === "pulumi:providers:aws");
  if (provider === undefined) return null;
  const { success, data } = z.object({ region: z.string().nullish() }).safeParse(provider.props);
  return success ? (data.region ?? null) : null;
}

/** What all resources of a stack together cost for an hour, before they are used. */
export function plannedCost(resources: readonly PlannedResource[], question: PriceQuestion): PlannedCost {
  const { table, currency, here } = question;
  const region = question.region ?? regionIn(resources);
  const charges = resources.map(({ name, type, urn, ...rest }): PlannedCharge => {
    return { name, type, urn, charge: chargeOf({ name, type, urn, ...rest }, resources, table, region) };
  });
  const own =
    here === null || !resources.some(({ type }) => type.startsWith("underlay:")) ? [] : [machineAtHand(here, table)];
  const listed = [...charges.filter(({ charge }) => charge.kind !== "none"), ...own];
  const rates = new Set<string>();
  const sums = new Map<string, number>();
  for (const { charge } of listed) {
    if (charge.kind !== "hourly") continue;
    const {
      amount,
      currency: into,
      rate,
    } = convert(charge.count * charge.price.amount, charge.price.currency, currency, table.book);
    if (rate !== null) rates.add(`${rate.text}, of ${rate.asOf}`);
    sums.set(into, (sums.get(into) ?? 0) + amount);
  }
  const names = (kind: Charge["kind"]): string[] =>
    listed.filter(({ charge }) => charge.kind === kind).map(({ name }) => name);
  return {
    charges: listed,
    totals: [...sums].map(([into, perHour]) => ({ currency: into, perHour })),
    rates: [...rates],
    unknown: names("unknown"),
    byUse: names("by use"),
  };
}

function machineAtHand(here: string, table: PriceTable): PlannedCharge {
  const price = ownPrice(table, here);
  const charge: Charge =
    price === null
      ? { kind: "unknown", reason: `the price book has no ${here}` }
      : { kind: "hourly", count: 1, what: `${here}, the machine at hand`, price };
  return { name: "the machine at hand", type: "", urn: "", charge };
}

/** What may be spent. */
export interface Budget {
  /** Amount for an hour. @default any */
  readonly perHour?: number | undefined;
  /** Amount for the planned duration. @default any */
  readonly total?: number | undefined;
  readonly hours: number;
  readonly currency: string;
}

/**
 * What is wrong with a cost by a budget, each a sentence without its end; nothing when it is within it. What has no price,
 * or one in another currency, is refused by name: it never counts as nothing.
 */
export function beyondBudget(cost: PlannedCost, { perHour, total, hours, currency }: Budget): string[] {
  if (perHour === undefined && total === undefined) return [];
  const own = cost.totals.find((one) => one.currency === currency)?.perHour ?? 0;
  const others = cost.totals.filter((one) => one.currency !== currency && one.perHour > 0);
  const amount = (value: number): string => `${value.toFixed(2)} ${currency}`;
  const above = (value: number, most: number | undefined, what: string): string[] =>
    most === undefined || value <= most
      ? []
      : [`The stack costs ${amount(value)} ${what}, and may cost ${amount(most)}`];
  return [
    ...above(own, perHour, "an hour"),
    ...above(own * hours, total, `in ${String(hours)} hours`),
    ...others.map(
      (one) => `No rate is known from ${one.currency}, in which ${one.perHour.toFixed(2)} an hour is charged`,
    ),
    ...(cost.unknown.length === 0 ? [] : [`No price is known of ${cost.unknown.join(", ")}`]),
  ];
}

/** A resource whose cost changes. */
export interface CostChange {
  readonly name: string;
  readonly type: string;
  readonly before: Charge | null;
  readonly after: Charge | null;
}

/** What a change does to the cost of a stack. */
export interface CostDifference {
  /** Null where nobody said what was there before. */
  readonly before: PlannedCost | null;
  readonly after: PlannedCost;
  readonly changes: readonly CostChange[];
}

/** What a planned change does to the cost, resource by resource. */
export function costDifference(change: PlannedChange, question: PriceQuestion): CostDifference {
  const after = plannedCost(change.after, question);
  if (change.before === null) return { before: null, after, changes: [] };
  const before = plannedCost(change.before, question);
  const keyOf = ({ urn, name }: PlannedCharge): string => `${urn} ${name}`;
  const [old, now] = [before, after].map(({ charges }) => new Map(charges.map((one) => [keyOf(one), one])));
  const keys = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])];
  const changes = keys.flatMap((key): CostChange[] => {
    const [was, is] = [old?.get(key), now?.get(key)];
    if (JSON.stringify(was?.charge) === JSON.stringify(is?.charge)) return [];
    const { name, type } = is ?? was ?? { name: "", type: "" };
    return [{ name, type, before: was?.charge ?? null, after: is?.charge ?? null }];
  });
  return { before, after, changes };
}
