import { readMachine } from "../provider/machine.ts";
import { type StackRow, stackListText } from "../report/stack-list.ts";
import { bookFrom, priceTable } from "./price-lists.ts";
import { isExpired, type ListedStack, StackLister } from "./stack-list.ts";

/** Options of `underlay ls`, as they were typed. */
export interface LsOptions {
  readonly expired?: boolean;
  readonly priceBook?: string;
  readonly here?: string;
  readonly region?: string;
  readonly json?: boolean;
}

/** A stack with its age, and what it has cost in that time: the price of what stands now, since its first resource. */
export function rowOf(listed: ListedStack, now: Date): StackRow {
  const { place: _place, cost, createdAt, ...rest } = listed;
  const ageSec = createdAt === null ? null : Math.max(0, (now.getTime() - Date.parse(createdAt)) / 1000);
  const spent =
    cost === null || ageSec === null
      ? null
      : cost.totals.map(({ currency, perHour }) => ({ currency, amount: (perHour * ageSec) / 3600 }));
  return { ...rest, ageSec, expired: isExpired(listed, now), spent, unpriced: cost?.unknown ?? [] };
}

/**
 * Lists the stacks of the caller's backend, and those of this machine's runs.
 *
 * @returns 0; 1 when the backend cannot be asked, and only those of this machine's runs are listed
 * @throws UnderlayError `pulumi-missing`
 */
export async function ls({ expired, json, ...options }: LsOptions): Promise<number> {
  const book = bookFrom(options.priceBook);
  const table = priceTable(book);
  const { here = null, region = null } = options;
  const question = { table, currency: book?.currency ?? "USD", here, region };
  const now = new Date();
  const { stacks, problem } = await new StackLister(readMachine(), question).all();
  const all = stacks.map((listed) => rowOf(listed, now));
  const rows = expired === true ? all.filter((row) => row.expired) : all;
  process.stdout.write(json === true ? `${JSON.stringify(rows, null, 2)}\n` : stackListText(rows));
  if (problem !== null) process.stderr.write(`Only stacks of this machine's runs: ${problem}\n`);
  return problem === null ? 0 : 1;
}
