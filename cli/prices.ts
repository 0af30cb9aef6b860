import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type CloudPrices, cloudPricesSchema } from "../catalogue/prices/cloud-schema.ts";
import { cloudPrices } from "../catalogue/prices/index.ts";
import { awsOfferUrl, readAwsOffer } from "../catalogue/prices/importers/aws.ts";
import { azureFound, type AzurePage, azurePricesUrl, readAzurePage } from "../catalogue/prices/importers/azure.ts";
import { type Found, listFor, refreshWith } from "../catalogue/prices/importers/found.ts";
import { googleFound, type GoogleSku, googleSkusUrl, readGooglePage } from "../catalogue/prices/importers/google.ts";
import { messageOf, UnderlayError } from "../measure/error.ts";
import { privatePrices } from "../measure/private-prices.ts";
import { priceLists } from "../report/price-lists.ts";
import { bookFrom, knownPrices, refreshedFile } from "./price-lists.ts";

/** Options of `underlay prices`, as they were typed. */
export interface PricesOptions {
  readonly refresh?: CloudPrices["provider"];
  readonly region?: string;
  readonly priceBook?: string;
  readonly json?: boolean;
}

/** Gets a page from a provider; one that does not answer is an error of its own. */
async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers, redirect: "error", signal: AbortSignal.timeout(600_000) });
  } catch (cause) {
    throw new UnderlayError(
      "prices-unreachable",
      `${new URL(url).hostname} does not answer: ${messageOf(cause)}.`,
      null,
      {
        cause,
      },
    );
  }
  if (response.ok) return response;
  throw new UnderlayError("prices-unreachable", `${new URL(url).hostname} answers ${String(response.status)}.`);
}

/** Most pages that are asked for, so that an answer that goes in circles ends. */
const mostPages = 500;

async function askAzure(region: string, today: string): Promise<Found> {
  const pages: AzurePage[] = [];
  for (let url: string | null = azurePricesUrl(region); url !== null && pages.length < mostPages;) {
    const page: AzurePage = readAzurePage(await (await get(url)).text(), region);
    pages.push(page);
    process.stderr.write(`page ${String(pages.length)} of Azure's prices\n`);
    url = page.next;
  }
  return azureFound(pages, region, today);
}

async function askGoogle(list: CloudPrices, today: string): Promise<Found> {
  const key = process.env["GOOGLE_API_KEY"];
  if (key === undefined || key === "") {
    throw new UnderlayError(
      "prices-key-missing",
      "Google's billing catalogue answers only to those who have a key.",
      "Set GOOGLE_API_KEY to one that may use the Cloud Billing API.",
    );
  }
  const skus: GoogleSku[] = [];
  let token: string | null = "";
  for (let pages = 0; token !== null && pages < mostPages; pages += 1) {
    const page = readGooglePage(await (await get(googleSkusUrl(token), { "x-goog-api-key": key })).text(), list.region);
    skus.push(...page.skus);
    token = page.next;
  }
  return googleFound(list, skus, today);
}

/** Bytes after which progress is told. */
const stepBytes = 50 * 1024 * 1024;

/** The same chunks, of which is told how many MiB there were so far. */
async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let [bytes, told] = [0, 0];
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes - told >= stepBytes) {
      told = bytes;
      process.stderr.write(`${(bytes / 1024 / 1024).toFixed(0)} MiB of AWS's prices\n`);
    }
    yield chunk;
  }
}

async function ask(list: CloudPrices): Promise<Found> {
  const today = new Date().toISOString().slice(0, 10);
  switch (list.provider) {
    case "azure":
      return askAzure(list.region, today);
    case "google":
      return askGoogle(list, today);
    case "aws": {
      const url = awsOfferUrl(list.region);
      const { body } = await get(url);
      if (body === null) throw new UnderlayError("prices-unreachable", `${url} is empty.`);
      return readAwsOffer(counted(body), url);
    }
  }
}

/** Asks a cloud for its prices and keeps them for this user. */
async function refresh(provider: CloudPrices["provider"], region: string | undefined): Promise<void> {
  const shipped = cloudPrices().find((one) => one.provider === provider);
  if (shipped === undefined) throw new UnderlayError("prices-unknown", `There is no list of ${provider}.`);
  if (region !== undefined && !/^[a-z0-9-]{1,40}$/.test(region)) {
    throw new UnderlayError(
      "option-invalid",
      `--region is "${region}".`,
      "Give one such as eu-west-1, westeurope or europe-west3.",
    );
  }
  const list = listFor(shipped, region ?? shipped.region);
  const { prices, missing } = refreshWith(list, await ask(list));
  if (prices.instances.length === 0) {
    throw new UnderlayError("prices-unknown", `${list.name} names no instance that is known here.`, "Check --region.");
  }
  const file = refreshedFile(provider);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(cloudPricesSchema.parse(prices), null, 2)}\n`);
  renameSync(`${file}.new`, file);
  const without = missing.length === 0 ? "" : `; without a price now: ${missing.join(", ")}`;
  process.stderr.write(`${String(prices.instances.length)} prices in ${file}${without}\n`);
}

/**
 * Prints all prices that are known, each with its date and source; with `--refresh` asks a cloud first.
 *
 * @returns 0
 */
export async function listPrices({ refresh: provider, region, priceBook, json }: PricesOptions): Promise<number> {
  if (provider !== undefined) await refresh(provider, region);
  const book = bookFrom(priceBook);
  const [clouds, own] = [knownPrices(), book === null ? [] : privatePrices(book)];
  process.stdout.write(
    json === true ? `${JSON.stringify({ clouds, private: own }, null, 2)}\n` : priceLists(clouds, book),
  );
  return 0;
}
