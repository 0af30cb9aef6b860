import { expect } from "chai";
import { readFileSync } from "node:fs";
import { cloudPricesSchema } from "../../../../catalogue/prices/cloud-schema.ts";
import { cloudPrices, priceBook, priceBookNames } from "../../../../catalogue/prices/index.ts";
import { priceBookSchema } from "../../../../catalogue/prices/schema.ts";

describe("price books", () => {
  for (const name of priceBookNames) {
    it(`${name} is what the schema wants, under its own name, with a source`, () => {
      const book = priceBook(name);
      expect(book.id).to.equal(name);
      expect(book.sources.length).to.be.at.least(1);
    });
  }

  it("2017's is table 1 of Ishakian 2018", () => {
    const { duration, billingUnitMs } = priceBook("aws-2017").function;
    expect(billingUnitMs).to.equal(100);
    expect(duration).to.deep.equal({
      by: "memory",
      perUnit: {
        ...{ 128: 0.000000208, 256: 0.000000417, 384: 0.000000625, 512: 0.000000834, 640: 0.000001042 },
        ...{ 768: 0.00000125, 896: 0.000001459, 1024: 0.000001667, 1152: 0.000001875, 1280: 0.000002084 },
        ...{ 1408: 0.000002292, 1536: 0.000002501 },
      },
    });
  });

  it("the two agree on duration where both have a price: 2017's is rounded", () => {
    const { duration } = priceBook("aws-2026").function;
    const table = priceBook("aws-2017").function.duration;
    if (duration.by !== "gibSecond" || table.by !== "memory") throw new Error("the books changed their kinds");
    for (const [memory, price] of Object.entries(table.perUnit)) {
      const today = (Number(memory) / 1024) * 0.1 * (duration.architectures.x86_64[0]?.price ?? 0);
      expect(price / today).to.be.within(0.995, 1.005);
    }
  });

  it("refuses tiers that do not begin at nothing, and keys that it does not know", () => {
    const text = readFileSync(new URL("../../../../catalogue/prices/aws-2026.json", import.meta.url), "utf8");
    const book = JSON.parse(text) as { httpApiPerMillion: object[] };
    expect(priceBookSchema.safeParse(book).success).to.equal(true);
    expect(priceBookSchema.safeParse({ ...book, more: 1 }).success).to.equal(false);
    const late = { ...book, httpApiPerMillion: [{ from: 5, price: 1 }] };
    expect(priceBookSchema.safeParse(late).success).to.equal(false);
  });
});

describe("prices of clouds", () => {
  const lists = cloudPrices();

  it("are those of three clouds, each price with an address and a day", () => {
    expect(lists.map(({ provider }) => provider)).to.deep.equal(["aws", "azure", "google"]);
    for (const { instances, sources } of lists) {
      expect(instances.length).to.be.above(10);
      expect(instances.some(({ gpus }) => gpus !== null)).to.equal(true);
      for (const { source, sizes } of instances) {
        expect(sources[source]?.asOf).to.match(/^2026-/);
        expect(sources[sizes]?.url).to.match(/^https:\/\/github\.com\/.*\/[0-9a-f]{40}\//);
      }
    }
  });

  it("of a family are alike for a vCPU: one of another system or other hardware would stand out", () => {
    const familyOf = (type: string): string => type.replace(/\.\w+$|-\d+$/, "").replace(/^(Standard_[A-Z])\d+/, "$1");
    for (const { provider, instances } of lists) {
      const families = new Map<string, number[]>();
      for (const { type, perHour, vcpus } of instances.filter(({ gpus }) => gpus === null)) {
        families.set(familyOf(type), [...(families.get(familyOf(type)) ?? []), perHour / vcpus]);
      }
      expect(families.size, provider).to.be.above(1);
      for (const [family, perVcpu] of families) {
        expect(Math.max(...perVcpu) / Math.min(...perVcpu), family).to.be.below(2.01);
      }
    }
  });

  it("refuses a price that names no source", () => {
    const [list] = lists;
    const orphan = { ...list!, sources: {} };
    expect(cloudPricesSchema.safeParse(orphan).error?.message).to.match(/has no on-demand/);
    const twice = { ...list!, instances: [...list!.instances, list!.instances[0]!] };
    expect(cloudPricesSchema.safeParse(twice).error?.message).to.match(/twice/);
  });
});
