import { expect } from "chai";
import fc from "fast-check";
import { type PrivateBook, privateBookSchema } from "../../../catalogue/prices/private-schema.ts";
import { machineHour, privatePrices } from "../../../measure/private-prices.ts";

const amount = (max: number) => fc.double({ min: 0, max, noNaN: true });
const machine = fc.record({
  ...{
    count: fc.integer({ min: 1, max: 100 }),
    purchase: amount(1e6),
    years: fc.double({ min: 1, max: 10, noNaN: true }),
  },
  ...{
    powerKw: amount(20),
    maintenancePerYear: amount(1e5),
    utilisation: fc.double({ min: 0.05, max: 1, noNaN: true }),
  },
  ...{ vcpus: fc.integer({ min: 8, max: 256 }), memoryMiB: fc.integer({ min: 8192, max: 1e6 }) },
  gpus: fc.option(
    fc.record({ name: fc.constant("gpu"), count: fc.integer({ min: 1, max: 16 }), memoryMiB: fc.constant(null) }),
  ),
});
const books = fc
  .record({ machines: fc.array(machine, { minLength: 1, maxLength: 4 }), people: amount(10), perKwh: amount(1) })
  .map(({ machines, people, perKwh }): PrivateBook => {
    const named = machines.map((one, index) => ({ ...one, name: `m${String(index)}` }));
    const flavors = named.map((one) => {
      const half = {
        vcpus: Math.ceil(one.vcpus / 2),
        memoryMiB: Math.ceil(one.memoryMiB / 4),
        gpus: one.gpus?.count ?? 0,
      };
      return { name: `f-${one.name}`, machine: one.name, ...half };
    });
    return privateBookSchema.parse({
      ...{ schemaVersion: 1, name: "made up", currency: "EUR", asOf: "2026-11-28" },
      ...{ electricity: { perKwh, pue: 1.4 }, staff: { perYear: 90_000, people }, machines: named, flavors },
    });
  });

describe("private prices", () => {
  it("are never below what stands there, and no flavor costs more than its machine", () => {
    fc.assert(
      fc.property(books, (book) => {
        const prices = new Map(privatePrices(book).map(({ name, perHour }) => [name, perHour]));
        for (const one of book.machines) {
          const { standing, used } = machineHour(book, one);
          expect(used).to.be.at.least(standing);
          expect(prices.get(`f-${one.name}`)!).to.be.at.most(prices.get(one.name)! * (1 + 1e-12));
        }
      }),
    );
  });

  it("of all machines together earn, in the hours that are used, what all of them cost in a year", () => {
    fc.assert(
      fc.property(books, (book) => {
        const earned = book.machines.reduce(
          (sum, one) => sum + machineHour(book, one).used * one.utilisation * 8760 * one.count,
          0,
        );
        const spent = book.machines.reduce((sum, one) => {
          const power = one.powerKw * book.electricity.pue * book.electricity.perKwh * 8760;
          return sum + one.count * (one.purchase / one.years + one.maintenancePerYear + power);
        }, book.staff.perYear * book.staff.people);
        expect(earned).to.be.closeTo(spent, 1e-6 * Math.max(1, spent));
      }),
    );
  });
});
