import type { PrivateBook } from "../catalogue/prices/private-schema.ts";
import { UnderlayError } from "./error.ts";

type Machine = PrivateBook["machines"][number];
type Flavor = PrivateBook["flavors"][number];

/** Hours of a year, of 365 days. */
const hoursPerYear = 8760;

/** What an hour of a machine costs, part by part, in the book's currency. */
export interface MachineHour {
  /** Purchase less residual value, written off in equal parts. */
  readonly depreciation: number;
  readonly maintenance: number;
  /** Electricity, with what cooling and supply take. */
  readonly power: number;
  readonly staff: number;
  /** Their sum: for an hour in which it stands there. */
  readonly standing: number;
  /** For an hour in which somebody uses it: used hours pay for the others. */
  readonly used: number;
}

/**
 * What an hour of a machine costs: straight-line depreciation, maintenance, power × PUE × tariff, and an equal share of
 * the staff, divided by the share of hours that are used.
 *
 * @source Barroso, Hölzle and Ranganathan, The Datacenter as a Computer, 3rd edition (2018), chapter 6: depreciation and
 *   operating expenditure of servers and room, and that idle capacity raises the cost of what is used
 */
export function machineHour(book: PrivateBook, machine: Machine): MachineHour {
  const machines = book.machines.reduce((sum, { count }) => sum + count, 0);
  const depreciation = (machine.purchase - machine.residual) / (machine.years * hoursPerYear);
  const maintenance = machine.maintenancePerYear / hoursPerYear;
  const power = machine.powerKw * book.electricity.pue * book.electricity.perKwh;
  const staff = (book.staff.perYear * book.staff.people) / machines / hoursPerYear;
  const standing = depreciation + maintenance + power + staff;
  return { depreciation, maintenance, power, staff, standing, used: standing / machine.utilisation };
}

/**
 * The share of its machine that a flavor takes: that of the resource that it takes most of, since what remains of the
 * others cannot be used without it.
 *
 * @source the dominant share of Ghodsi et al., Dominant Resource Fairness, NSDI 2011
 */
export function flavorShare(flavor: Flavor, machine: Machine): number {
  const gpus = machine.gpus?.count ?? 0;
  return Math.max(
    flavor.vcpus / machine.vcpus,
    flavor.memoryMiB / machine.memoryMiB,
    gpus === 0 ? 0 : flavor.gpus / gpus,
  );
}

/** What something of the user's own costs for an hour, and what it is. */
export interface PrivatePrice {
  readonly name: string;
  readonly kind: "machine" | "flavor" | "gpu" | "agreed";
  readonly perHour: number;
  readonly currency: string;
  /** The day that the numbers behind it held. */
  readonly asOf: string;
  readonly source: string;
  readonly vcpus: number | null;
  readonly memoryMiB: number | null;
  readonly gpus: number;
}

/**
 * Every price of a book: of each machine (an Ironic node), flavor, single GPU (`MACHINE/gpu`), and what was agreed on.
 */
export function privatePrices(book: PrivateBook): readonly PrivatePrice[] {
  const own = { currency: book.currency, asOf: book.asOf, source: book.name };
  const machines = book.machines.flatMap((machine): PrivatePrice[] => {
    const { used } = machineHour(book, machine);
    const { name, vcpus, memoryMiB, gpus } = machine;
    const whole = { name, kind: "machine" as const, perHour: used, vcpus, memoryMiB, gpus: gpus?.count ?? 0, ...own };
    if (gpus === null) return [whole];
    const share = { vcpus: null, memoryMiB: null, gpus: 1, perHour: used / gpus.count };
    return [whole, { name: `${name}/gpu`, kind: "gpu", ...share, ...own }];
  });
  const flavors = book.flavors.flatMap((flavor): PrivatePrice[] => {
    const machine = book.machines.find(({ name }) => name === flavor.machine);
    if (machine === undefined) return [];
    const { name, vcpus, memoryMiB, gpus } = flavor;
    const perHour = machineHour(book, machine).used * flavorShare(flavor, machine);
    return [{ name, kind: "flavor", perHour, vcpus, memoryMiB, gpus, ...own }];
  });
  const agreed = book.agreed.map(({ name, perHour, currency, asOf, source }): PrivatePrice => ({
    ...{ name, kind: "agreed", perHour, currency, asOf, source, vcpus: null, memoryMiB: null, gpus: 0 },
  }));
  return [...machines, ...flavors, ...agreed];
}

/** An amount of money, with the rate that it was converted by; null where it is in its own currency. */
export interface Converted {
  readonly amount: number;
  readonly currency: string;
  readonly rate: { readonly text: string; readonly asOf: string } | null;
}

/**
 * An amount in another currency, by a dated rate of the book, either way round.
 *
 * @returns the amount as it is where the book has no such rate: prices stay in their own currency
 */
export function convert(amount: number, from: string, to: string, book: PrivateBook | null): Converted {
  if (from === to) return { amount, currency: from, rate: null };
  const found = book?.rates.find((one) => [one.from, one.to].includes(from) && [one.from, one.to].includes(to));
  if (found === undefined) return { amount, currency: from, rate: null };
  const factor = found.from === from ? found.rate : 1 / found.rate;
  const text = `1 ${found.from} = ${String(found.rate)} ${found.to} (${found.source})`;
  return { amount: amount * factor, currency: to, rate: { text, asOf: found.asOf } };
}

/**
 * The machine of a book that is the one at hand.
 *
 * @throws UnderlayError `price-unknown` when the book has none of that name
 */
export function machineNamed(prices: readonly PrivatePrice[], name: string): PrivatePrice {
  const found = prices.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new UnderlayError(
    "price-unknown",
    `The price book has no "${name}".`,
    `It has ${prices.map((one) => one.name).join(", ")}.`,
  );
}
