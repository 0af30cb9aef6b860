import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { knownPrices, refreshedFile } from "../../../cli/price-lists.ts";
import { listPrices } from "../../../cli/prices.ts";
import { cloudPrices } from "../../../catalogue/prices/index.ts";
import { captured } from "../../support/captured.ts";
import { rejectionOf } from "../../support/expect-error.ts";

describe("underlay prices", () => {
  const before_ = { fetch: globalThis.fetch, state: process.env["XDG_STATE_HOME"], key: process.env["GOOGLE_API_KEY"] };
  let state = "";
  before(() => {
    state = mkdtempSync(join(tmpdir(), "prices-"));
    process.env["XDG_STATE_HOME"] = state;
    delete process.env["GOOGLE_API_KEY"];
  });
  after(() => {
    globalThis.fetch = before_.fetch;
    if (before_.state === undefined) delete process.env["XDG_STATE_HOME"];
    else process.env["XDG_STATE_HOME"] = before_.state;
    if (before_.key !== undefined) process.env["GOOGLE_API_KEY"] = before_.key;
    rmSync(state, { recursive: true, force: true });
  });

  const answer = (items: readonly object[], next: string | null): Response =>
    new Response(JSON.stringify({ Items: items, NextPageLink: next }));
  const item = (armSkuName: string, retailPrice: number): object => ({
    ...{
      currencyCode: "USD",
      tierMinimumUnits: 0,
      retailPrice,
      armRegionName: "eastus",
      armSkuName,
      skuName: armSkuName,
    },
    ...{ productName: "Virtual Machines", meterName: armSkuName, unitOfMeasure: "1 Hour", type: "Consumption" },
  });

  it("lists every price with its date, and the user's own with what they are made of", async () => {
    const book = new URL("../../../examples/price-book.json", import.meta.url).pathname;
    const text = await captured("stdout", () => listPrices({ priceBook: book }));
    expect(text).to.match(/^m7i\.large +2 +8\.00 +0\.1008 +2026-07-20$/m);
    expect(text).to.match(/^gpu\.a100\.1 +flavor .* EUR +1\.800 +2026-11-01$/m);
    expect(text).to.match(/^gpu-node +2\.00 +0\.500 +0\.600 +0\.500 +3\.60 +0\.50 +7\.20$/m);
    expect(text).to.include("(second hand)");
  });

  it("asks a cloud page by page, keeps the answer, and goes by it from then on", async () => {
    const asked: string[] = [];
    globalThis.fetch = async (url) => {
      asked.push(url as string);
      return asked.length === 1
        ? answer([item("Standard_D2s_v5", 0.099)], "https://prices.azure.com/api/retail/prices?$skip=1000")
        : answer([item("Standard_D4s_v5", 0.198)], null);
    };
    const json = JSON.parse(await captured("stdout", () => listPrices({ refresh: "azure", json: true }))) as {
      clouds: unknown[];
    };
    expect(asked).to.have.lengthOf(2);
    expect(asked[0]).to.match(/^https:\/\/prices\.azure\.com\/api\/retail\/prices\?/);
    expect(json.clouds).to.have.lengthOf(3);
    const azure = knownPrices().find(({ provider }) => provider === "azure")!;
    expect(azure.instances.map(({ type, perHour }) => [type, perHour])).to.deep.equal([
      ["Standard_D2s_v5", 0.099],
      ["Standard_D4s_v5", 0.198],
    ]);
    expect(JSON.parse(readFileSync(refreshedFile("azure"), "utf8"))).to.deep.equal(azure);
    expect(knownPrices().find(({ provider }) => provider === "aws")).to.deep.equal(cloudPrices()[0]);
  });

  it("asks for another region, in which nothing but instances has a price", async () => {
    globalThis.fetch = async () => answer([{ ...item("Standard_D2s_v5", 0.115), armRegionName: "westeurope" }], null);
    await captured("stdout", () => listPrices({ refresh: "azure", region: "westeurope" }));
    const azure = knownPrices().find(({ provider }) => provider === "azure")!;
    expect(azure).to.deep.include({
      name: "Azure in westeurope",
      region: "westeurope",
      services: [],
      egress: null,
      functions: [],
    });
    expect(azure.instances.map(({ perHour }) => perHour)).to.deep.equal([0.115]);
    expect((await rejectionOf(listPrices({ refresh: "azure", region: "a' or 1 eq 1" }))).code).to.equal(
      "option-invalid",
    );
    globalThis.fetch = async () => answer([], null);
    expect((await rejectionOf(listPrices({ refresh: "azure", region: "nowhere" }))).code).to.equal("prices-unknown");
  });

  it("says what is missing or does not answer, and keeps what was there", async () => {
    expect((await rejectionOf(listPrices({ refresh: "google" }))).code).to.equal("prices-key-missing");
    globalThis.fetch = async () => new Response("", { status: 503 });
    const kept = readFileSync(refreshedFile("azure"), "utf8");
    expect((await rejectionOf(listPrices({ refresh: "azure" }))).message).to.match(/prices\.azure\.com answers 503/);
    expect(readFileSync(refreshedFile("azure"), "utf8")).to.equal(kept);
  });
});
