import { expect } from "chai";
import { cloudPrices } from "../../../../catalogue/prices/index.ts";
import { cloudPricesSchema } from "../../../../catalogue/prices/cloud-schema.ts";
import { readAwsOffer } from "../../../../catalogue/prices/importers/aws.ts";
import { azureFound, azurePricesUrl, readAzurePage } from "../../../../catalogue/prices/importers/azure.ts";
import { refreshWith } from "../../../../catalogue/prices/importers/found.ts";
import { googleFound, readGooglePage } from "../../../../catalogue/prices/importers/google.ts";
import { errorOf, rejectionOf } from "../../../support/expect-error.ts";

const listOf = (provider: string) => cloudPrices().find((list) => list.provider === provider)!;
const quoted = (cells: readonly string[]): string =>
  `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")}\n`;

/** Head of an offer file of EC2, with the columns that matter in the order that the service gives them in. */
const head = [
  ...[
    "SKU",
    "OfferTermCode",
    "RateCode",
    "TermType",
    "PriceDescription",
    "EffectiveDate",
    "StartingRange",
    "EndingRange",
  ],
  ...["Unit", "PricePerUnit", "Currency", "LeaseContractLength", "Product Family", "Location", "Instance Type", "vCPU"],
  ...["Memory", "Tenancy", "Operating System", "CapacityStatus", "Pre Installed S/W", "Region Code"],
];
const row = (type: string, price: string, more: Readonly<Record<string, string>> = {}): string => {
  const cells: Record<string, string> = {
    ...{ TermType: "OnDemand", Unit: "Hrs", Currency: "USD", Tenancy: "Shared", "Operating System": "Linux" },
    ...{ CapacityStatus: "Used", "Pre Installed S/W": "NA", "Instance Type": type, PricePerUnit: price },
    PriceDescription: `$${price} per On Demand Linux ${type}, "shared"`,
    ...more,
  };
  return quoted(head.map((name) => cells[name] ?? ""));
};
const preamble = [
  ["FormatVersion", "v1.0"],
  ["Disclaimer", "This pricing list is for informational purposes only, and so on"],
  ["Publication Date", "2026-09-11T20:03:45Z"],
  ["Version", "20260911200345"],
  ["OfferCode", "AmazonEC2"],
].map(quoted);

async function* inPieces(text: string, size = 97): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const offer = (...rows: string[]) =>
  readAwsOffer(inPieces([...preamble, quoted(head), ...rows].join("")), "https://offer");

describe("importers of prices", () => {
  it("read what instances cost on demand from AWS's offer file, whose pieces end anywhere, and nothing else of it", async () => {
    const { perHour, asOf } = await offer(
      row("m7i.large", "0.1100000000"),
      row("m7i.large", "0.2020000000", { "Operating System": "Windows" }),
      row("m7i.large", "0.0700000000", { TermType: "Reserved" }),
      row("m7i.large", "0.1170000000", { Tenancy: "Dedicated" }),
      row("m7i.large", "0.0000000000", { CapacityStatus: "AllocatedCapacityReservation" }),
      row("c7i.large", "0.0000000000"),
      row("g5.xlarge", "1.0060000000"),
    );
    expect(asOf).to.equal("2026-09-11");
    expect([...perHour]).to.deep.equal([
      ["m7i.large", 0.11],
      ["g5.xlarge", 1.006],
    ]);
  });

  it("refuse an offer file that is none, has lost a column, or contradicts itself", async () => {
    const contradiction = await rejectionOf(offer(row("m7i.large", "0.11"), row("m7i.large", "0.12")));
    expect(contradiction.message).to.match(/two prices of m7i\.large: 0\.11 and 0\.12/);
    const other = readAwsOffer(inPieces("<html>\n"), "https://offer");
    expect((await rejectionOf(other)).code).to.equal("prices-invalid");
    const broken = readAwsOffer(inPieces(`${preamble.join("")}"a"b\n`), "https://offer");
    expect((await rejectionOf(broken)).message).to.match(/no offer file/);
    const cut = readAwsOffer(
      (async function* () {
        yield Buffer.from(preamble.join(""));
        throw new Error("the connection ended");
      })(),
      "https://offer",
    );
    expect(await cut.catch((thrown: unknown) => (thrown as Error).message)).to.equal("the connection ended");
    const short = readAwsOffer(
      inPieces([...preamble, quoted(head.slice(0, 9)), row("a", "1")].join("")),
      "https://offer",
    );
    expect((await rejectionOf(short)).message).to.match(/no column .*Tenancy/);
  });

  const item = {
    ...{ currencyCode: "USD", tierMinimumUnits: 0, retailPrice: 0.192, unitPrice: 0.192, armRegionName: "eastus" },
    ...{
      location: "US East",
      effectiveStartDate: "2021-11-01T00:00:00Z",
      meterName: "D4s v5",
      unitOfMeasure: "1 Hour",
    },
    ...{ productName: "Virtual Machines Dsv5 Series", skuName: "Standard_D4s_v5", serviceName: "Virtual Machines" },
    ...{ serviceFamily: "Compute", type: "Consumption", isPrimaryMeterRegion: true, armSkuName: "Standard_D4s_v5" },
  };
  const page = (items: readonly object[], next: string | null = null): string =>
    JSON.stringify({ BillingCurrency: "USD", CustomerEntityId: "Default", Items: items, NextPageLink: next, Count: 1 });

  it("read pages of Azure's retail prices: on demand, under Linux", () => {
    const next = "https://prices.azure.com:443/api/retail/prices?$skip=1000";
    const read = readAzurePage(
      page(
        [
          item,
          { ...item, retailPrice: 0.376, productName: "Virtual Machines Dsv5 Series Windows" },
          { ...item, retailPrice: 0.05, skuName: "Standard_D4s_v5 Spot", meterName: "D4s v5 Spot" },
          { ...item, retailPrice: 0.04, skuName: "D4s v5 Low Priority" },
          { ...item, retailPrice: 1000, type: "Reservation", unitOfMeasure: "1 Hour" },
        ],
        next,
      ),
      "eastus",
    );
    expect([...read.perHour]).to.deep.equal([["Standard_D4s_v5", 0.192]]);
    expect(read.next).to.equal(next);
    expect(azureFound([read], "eastus", "2026-11-28")).to.include({
      url: azurePricesUrl("eastus"),
      asOf: "2026-11-28",
    });
  });

  it("do not follow Azure's answer to another host, and refuse what is no page", () => {
    expect(errorOf(() => readAzurePage(page([item], "https://example.org/next"), "eastus")).message).to.match(
      /example\.org/,
    );
    expect(errorOf(() => readAzurePage("{}", "eastus")).code).to.equal("prices-invalid");
    expect(errorOf(() => readAzurePage(page([item]), "westus")).message).to.match(/eastus/);
    const twice = page([item, { ...item, retailPrice: 0.2 }]);
    expect(errorOf(() => readAzurePage(twice, "eastus")).message).to.match(/two prices: 0\.192 and 0\.2/);
  });

  const sku = (description: string, usageUnit: string, nanos: number, more: object = {}) => ({
    ...{ name: "services/6F81-5844-456A/skus/X", skuId: "X", description, serviceRegions: ["us-central1", "us-east1"] },
    category: {
      serviceDisplayName: "Compute Engine",
      resourceFamily: "Compute",
      resourceGroup: "CPU",
      usageType: "OnDemand",
    },
    pricingInfo: [
      {
        summary: "",
        pricingExpression: {
          ...{ usageUnit, displayQuantity: 1 },
          tieredRates: [{ startUsageAmount: 0, unitPrice: { currencyCode: "USD", units: "0", nanos } }],
        },
        effectiveTime: "2026-11-26T10:50:40.206Z",
      },
    ],
    serviceProviderName: "Google",
    ...more,
  });

  it("put prices of Google's machines together from cores, memory and accelerators", () => {
    const { skus, next } = readGooglePage(
      JSON.stringify({
        skus: [
          sku("N2 Instance Core running in Americas", "h", 31_611_000),
          sku("N2 Instance Ram running in Americas", "GiBy.h", 4_237_000),
          sku("Spot Preemptible N2 Instance Core running in Americas", "h", 7_000_000),
          sku("N2 Instance Core running in Frankfurt", "h", 40_000_000, { serviceRegions: ["europe-west3"] }),
          sku("G2 Instance Core running in Americas", "h", 24_988_060),
          sku("G2 Instance Ram running in Americas", "GiBy.h", 2_927_470),
          sku("E2 Instance Core running in Americas", "h", 21_811_590),
        ],
        nextPageToken: "more",
      }),
      "us-central1",
    );
    expect(next).to.equal("more");
    const list = listOf("google");
    const { perHour } = googleFound(list, skus, "2026-11-28");
    // Made of the parts whose sum the list has, so that both ways to a price are held against each other.
    expect(perHour.get("n2-standard-4")).to.be.closeTo(
      list.instances.find(({ type }) => type === "n2-standard-4")!.perHour,
      1e-9,
    );
    // Without a price of its accelerator, or of its memory, a machine has none.
    expect(perHour.has("g2-standard-4")).to.equal(false);
    expect(perHour.has("e2-standard-2")).to.equal(false);
    expect(errorOf(() => readGooglePage("[]", "us-central1")).code).to.equal("prices-invalid");
  });

  it("refresh a list: new prices under their own date, and no old price beside them", () => {
    const list = listOf("aws");
    const found = {
      perHour: new Map([["m7i.large", 0.11]]),
      url: "https://offer.test/index.csv",
      title: "offer",
      asOf: "2026-09-11",
    };
    const { prices, missing } = refreshWith(list, found);
    expect(prices.instances).to.have.lengthOf(1);
    expect(prices.instances[0]).to.include({ type: "m7i.large", perHour: 0.11, vcpus: 2, source: "refreshed" });
    expect(prices.sources["refreshed"]).to.include({ asOf: "2026-09-11", secondHand: false });
    expect(prices.sources["on-demand"]).to.equal(undefined);
    expect(missing).to.have.lengthOf(list.instances.length - 1);
    expect(() => cloudPricesSchema.parse(prices)).not.to.throw();
  });
});
