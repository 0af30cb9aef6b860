import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { readPrivateBook } from "../../../catalogue/prices/index.ts";
import { privateBookSchema } from "../../../catalogue/prices/private-schema.ts";
import { convert, flavorShare, machineHour, privatePrices } from "../../../measure/private-prices.ts";
import { errorOf } from "../../support/expect-error.ts";

const file = fileURLToPath(new URL("../../../examples/price-book.json", import.meta.url));
const book = readPrivateBook(file);
const [gpuNode, cpuNode] = [book.machines[0]!, book.machines[1]!];

describe("a private price book", () => {
  it("is what its schema describes", () => {
    const schema = JSON.parse(
      readFileSync(new URL("../../../docs/schemas/private-price-book.schema.json", import.meta.url), "utf8"),
    ) as object;
    const validate = new Ajv2020({ strict: true, formats: { date: true } }).compile(schema);
    expect(validate(JSON.parse(readFileSync(file, "utf8"))), JSON.stringify(validate.errors)).to.equal(true);
  });

  it("gives an hour of a machine, part by part, and puts what stands idle on what is used", () => {
    // (96360 − 8760) ÷ 5 years, 4380 a year, 2 kW × 1.5 × 0.20, and a tenth of half of 87600 a year.
    const hour = machineHour(book, gpuNode);
    expect(hour.depreciation).to.be.closeTo(2, 1e-12);
    expect(hour.maintenance).to.be.closeTo(0.5, 1e-12);
    expect(hour.power).to.be.closeTo(0.6, 1e-12);
    expect(hour.staff).to.be.closeTo(0.5, 1e-12);
    expect(hour.standing).to.be.closeTo(3.6, 1e-12);
    expect(hour.used).to.be.closeTo(7.2, 1e-12);
  });

  it("prices a flavor by the resource that it takes most of, and a GPU by its share of the machine", () => {
    const [gpuFlavor, plain] = [book.flavors[0]!, book.flavors[1]!];
    expect(flavorShare(gpuFlavor, gpuNode)).to.equal(0.25);
    expect(flavorShare(plain, cpuNode)).to.equal(4 / 64);
    expect(flavorShare({ ...plain, memoryMiB: 131_072 }, cpuNode)).to.equal(0.5);
    const prices = new Map(privatePrices(book).map((one) => [one.name, one]));
    expect(prices.get("gpu.a100.1")).to.include({ kind: "flavor", currency: "EUR", asOf: "2026-11-01", gpus: 1 });
    expect(prices.get("gpu.a100.1")!.perHour).to.be.closeTo(1.8, 1e-12);
    expect(prices.get("gpu-node/gpu")!.perHour).to.be.closeTo(1.8, 1e-12);
    // 0.3 + 0.1 + 0.15 + 0.5 an hour, used 80 % of the time.
    expect(prices.get("m1.large")!.perHour).to.be.closeTo((1.05 / 0.8) * (4 / 64), 1e-12);
  });

  it("converts by its dated rates, either way, and leaves all else in its own currency", () => {
    expect(convert(2, "EUR", "USD", book)).to.deep.include({ amount: 2.2, currency: "USD" });
    const back = convert(2.2, "USD", "EUR", book);
    expect(back.amount).to.be.closeTo(2, 1e-12);
    expect(back.rate).to.include({ asOf: "2026-11-01" });
    expect(convert(2, "CHF", "EUR", book)).to.deep.equal({ amount: 2, currency: "CHF", rate: null });
    expect(convert(2, "EUR", "USD", null)).to.deep.equal({ amount: 2, currency: "EUR", rate: null });
  });

  for (const [what, change, says] of [
    ["a flavor on a machine that is not there", { flavors: [{ ...book.flavors[1], machine: "none" }] }, /no machine/],
    ["a flavor larger than its machine", { flavors: [{ ...book.flavors[1], vcpus: 65 }] }, /larger than/],
    ["GPUs that the machine has not", { flavors: [{ ...book.flavors[1], gpus: 1 }] }, /larger than/],
    ["a name twice", { flavors: [{ ...book.flavors[1], name: "cpu-node" }] }, /twice/],
    ["a machine that nobody uses", { machines: [{ ...gpuNode, utilisation: 0 }] }, /utilisation|>0/i],
    [
      "more residual than purchase",
      { machines: [{ ...gpuNode, residual: 1e6 }], flavors: [] },
      /more than the purchase/,
    ],
    ["a currency in words", { currency: "Euro" }, /three capital letters/],
    ["a rate without a date", { rates: [{ from: "EUR", to: "USD", rate: 1, source: "x" }] }, /asOf/],
    ["a key that it does not know", { colour: "red" }, /colour/],
  ] as const) {
    it(`refuses ${what}`, () => {
      const { success, error } = privateBookSchema.safeParse({ ...book, ...change });
      expect(success).to.equal(false);
      expect(error!.message).to.match(says);
    });
  }

  it("is refused by name where it is no book or not there", () => {
    expect(errorOf(() => readPrivateBook("/nowhere/book.json")).code).to.equal("prices-unknown");
    expect(errorOf(() => readPrivateBook(fileURLToPath(import.meta.url))).code).to.equal("prices-invalid");
  });
});
