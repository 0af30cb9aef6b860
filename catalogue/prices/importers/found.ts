import { type CloudPrices, sourcesOf } from "../cloud-schema.ts";

/** What a provider was asked and answered. */
export interface Found {
  /** Price for an hour, by the type of the instance. */
  readonly perHour: ReadonlyMap<string, number>;
  /** Where it stands. */
  readonly url: string;
  readonly title: string;
  /** The day that the provider published it or, where it names none, that it was asked. */
  readonly asOf: string;
}

/** A list with new prices, and what none was found of. */
export interface Refreshed {
  readonly prices: CloudPrices;
  /** Types that the provider did not name: they are not in the new list, since their old price is no new one. */
  readonly missing: readonly string[];
}

/** Key of the source of what was refreshed. */
const refreshed = "refreshed";

/** A list for another region: sizes of instances are the same everywhere, and no price is. */
export function listFor(list: CloudPrices, region: string): CloudPrices {
  if (region === list.region) return list;
  const name = `${list.name.split(" in ")[0] ?? list.name} in ${region}`;
  return { ...list, name, region, services: [], egress: null, functions: [] };
}

/** Takes the prices of a list's instances from what a provider answered; all else stays, with its own source and date. */
export function refreshWith(list: CloudPrices, { perHour, url, title, asOf }: Found): Refreshed {
  const instances = list.instances.flatMap((one) => {
    const price = perHour.get(one.type);
    return price === undefined ? [] : [{ ...one, perHour: price, source: refreshed }];
  });
  const missing = list.instances.filter(({ type }) => !perHour.has(type)).map(({ type }) => type);
  const used = new Set([...instances.flatMap(sourcesOf), ...list.services.map(({ source }) => source)]);
  const others = [...list.functions.map(({ source }) => source), ...(list.egress === null ? [] : [list.egress.source])];
  others.forEach((name) => used.add(name));
  const kept = Object.entries(list.sources).filter(([name]) => used.has(name));
  const sources = { ...Object.fromEntries(kept), [refreshed]: { title, url, asOf, secondHand: false } };
  return { prices: { ...list, sources, instances }, missing };
}
