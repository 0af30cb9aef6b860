import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { UnderlayError } from "../../../measure/error.ts";
import type { Found } from "./found.ts";

/** Lines before the table, each a key and a value. */
const preamble = 5;
/** What a row must say to be the price of an instance on demand, under Linux, on shared hardware. */
const wanted = {
  TermType: "OnDemand",
  Unit: "Hrs",
  Currency: "USD",
  Tenancy: "Shared",
  "Operating System": "Linux",
  "Pre Installed S/W": "NA",
  CapacityStatus: "Used",
} as const;
const columns = [...Object.keys(wanted), "PricePerUnit", "Instance Type"];

/** Address of the offer file of a region. */
export function awsOfferUrl(region: string): string {
  return `https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonEC2/current/${region}/index.csv`;
}

/**
 * Reads the offer file of EC2 in one region, as the Price List Bulk API gives it in CSV: five lines of facts, a head, and a
 * row for each price. It is hundreds of MB, and is read as it comes.
 *
 * @param chunks the file
 * @param url where it is from
 * @throws UnderlayError `prices-invalid` when it is no such file, or names two prices for one type
 * @source AWS Billing and Cost Management, user guide: Reading the service price list files
 */
export async function readAwsOffer(chunks: AsyncIterable<Uint8Array>, url: string): Promise<Found> {
  const perHour = new Map<string, number>();
  let [line, published, head] = [0, "", new Map<string, number>()];
  try {
    await pipeline(chunks, parse({ relax_column_count: true }), async (rows: AsyncIterable<string[]>) => {
      for await (const cells of rows) {
        line += 1;
        if (line <= preamble) {
          if (cells[0] === "Publication Date") published = (cells[1] ?? "").slice(0, 10);
        } else if (line === preamble + 1) {
          head = headOf(cells, url);
        } else {
          take(cells, head, perHour, url);
        }
      }
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new UnderlayError("prices-invalid", `${url} is no offer file: ${cause.message}.`, null, { cause });
  }
  if (line <= preamble + 1 || !/^\d{4}-\d{2}-\d{2}$/.test(published)) {
    throw new UnderlayError("prices-invalid", `${url} is no offer file: it names no day of publication, or no price.`);
  }
  return { perHour, url, title: "AWS Price List Bulk API, offer file of AmazonEC2", asOf: published };
}

function headOf(cells: readonly string[], url: string): Map<string, number> {
  const head = new Map(cells.map((name, index) => [name, index]));
  const lacking = columns.filter((name) => !head.has(name));
  if (lacking.length === 0) return head;
  throw new UnderlayError("prices-invalid", `${url} has no column ${lacking.join(", ")}.`, "Its format has changed.");
}

function take(
  cells: readonly string[],
  head: ReadonlyMap<string, number>,
  prices: Map<string, number>,
  url: string,
): void {
  const cell = (name: string): string => cells[head.get(name) ?? -1] ?? "";
  if (!Object.entries(wanted).every(([name, value]) => cell(name) === value)) return;
  const [type, price] = [cell("Instance Type"), Number(cell("PricePerUnit"))];
  // Hosts of one's own and the like have rows without a price.
  if (type === "" || !(price > 0)) return;
  const before = prices.get(type);
  if (before !== undefined && before !== price) {
    throw new UnderlayError(
      "prices-invalid",
      `${url} has two prices of ${type}: ${String(before)} and ${String(price)}.`,
    );
  }
  prices.set(type, price);
}
