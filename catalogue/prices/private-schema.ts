import { z } from "zod";
import { gpusSchema } from "./cloud-schema.ts";
import { currencySchema, dateSchema } from "./parts.ts";

/** Version of the format of private price books. */
export const privateBookVersion = 1;

const amount = z.number().nonnegative();
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be letters, digits, dots, dashes and underscores");

/** Machines of one kind, as they were bought. */
const machineSchema = z.strictObject({
  /** Name, such as that of the Ironic node's resource class. */
  name,
  /** How many there are. */
  count: z.int().positive(),
  /** Price of one, with what it needs to work: rack, cables, switch ports. */
  purchase: amount,
  /** Years over which it is written off. */
  years: z.number().positive(),
  /** What it can be sold for afterwards. */
  residual: amount.default(0),
  /** Mean power of one in use, in kW, without cooling. */
  powerKw: amount,
  /** Maintenance, licences and room of one, for a year. */
  maintenancePerYear: amount.default(0),
  /** Share of its hours that somebody uses it, above 0, at most 1: these pay for the others. */
  utilisation: z.number().positive().max(1),
  /** Threads of its CPUs that flavors are cut from. */
  vcpus: z.int().positive(),
  memoryMiB: z.int().positive(),
  gpus: gpusSchema.nullable().default(null),
});

/** A virtual machine's size, as OpenStack calls it. */
const flavorSchema = z.strictObject({
  name,
  /** Kind of machine that it lies on. */
  machine: name,
  vcpus: z.int().positive(),
  memoryMiB: z.int().positive(),
  gpus: z.int().nonnegative().default(0),
});

/** Anything else that has a price: a contract's, or one that the catalogue has not. */
const agreedSchema = z.strictObject({
  /** Type of an instance, name of a flavor, or id of a service of the catalogue. */
  name: z.string().min(1),
  perHour: amount,
  currency: currencySchema,
  asOf: dateSchema,
  source: z.string().min(1),
});

const rateSchema = z.strictObject({
  from: currencySchema,
  to: currencySchema,
  /** Units of `to` for one of `from`. */
  rate: z.number().positive(),
  asOf: dateSchema,
  source: z.string().min(1),
});

/** What machines of one's own cost, for what public prices are compared with. */
export const privateBookSchema = z
  .strictObject({
    schemaVersion: z.literal(privateBookVersion),
    name: z.string().min(1),
    currency: currencySchema,
    /** The day that its numbers held. */
    asOf: dateSchema,
    electricity: z.strictObject({
      perKwh: amount,
      /** Power usage effectiveness: power of the whole room ÷ that of the machines, at least 1. */
      pue: z.number().min(1),
    }),
    /** Whoever keeps the machines, paid by all of them alike. */
    staff: z.strictObject({
      /** What one costs in a year, with everything. */
      perYear: amount,
      /** How many, in full-time equivalents. */
      people: amount,
    }),
    machines: z.array(machineSchema),
    flavors: z.array(flavorSchema).default([]),
    agreed: z.array(agreedSchema).default([]),
    /** Rates of exchange; without one, prices stay in their own currency. */
    rates: z.array(rateSchema).default([]),
  })
  .superRefine(({ machines, flavors, agreed }, check) => {
    const known = new Map(machines.map((one) => [one.name, one]));
    const names = [...machines, ...flavors, ...agreed].map((one) => one.name);
    const twice = names.find((one, index) => names.indexOf(one) !== index);
    if (twice !== undefined) check.addIssue({ code: "custom", message: `${twice} is there twice` });
    flavors.forEach((flavor, index) => {
      const machine = known.get(flavor.machine);
      const path = ["flavors", index];
      if (machine === undefined) {
        check.addIssue({
          code: "custom",
          path,
          message: `lies on ${flavor.machine}, which is no machine of this book`,
        });
        return;
      }
      const gpus = machine.gpus?.count ?? 0;
      if (flavor.vcpus > machine.vcpus || flavor.memoryMiB > machine.memoryMiB || flavor.gpus > gpus) {
        check.addIssue({ code: "custom", path, message: `is larger than the machine ${machine.name}` });
      }
    });
    machines.forEach(({ purchase, residual }, index) => {
      if (residual > purchase) {
        check.addIssue({ code: "custom", path: ["machines", index, "residual"], message: "is more than the purchase" });
      }
    });
  });

/** What machines of one's own cost. */
export type PrivateBook = z.infer<typeof privateBookSchema>;
