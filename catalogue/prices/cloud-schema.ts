import { z } from "zod";
import { architectures } from "../../measure/endpoint.ts";
import { currencySchema, dateSchema, tiersSchema } from "./parts.ts";

/** Version of the format of price lists of clouds. */
export const cloudPricesVersion = 1;
/** Clouds whose prices are known. */
export const cloudNames = ["aws", "azure", "google"] as const;

/** Where something is written, and of when that is. */
const sourceSchema = z.strictObject({
  title: z.string().min(1),
  url: z.url({ protocol: /^https$/ }),
  /** The day that it was read from the provider, or that it was last changed. */
  asOf: dateSchema,
  /** Whether somebody else than the provider wrote it: look at the provider's own pages before you rely on it. */
  secondHand: z.boolean(),
});

const amount = z.number().nonnegative();
const size = z.strictObject({ cpus: z.number().positive(), memoryMiB: z.number().positive() });
/** Key of the source of a price or a size. */
const source = z.string().min(1);
/** How a price follows from what the source says; left out where it stands there. */
const computed = z.string().min(1).nullable().optional();

/** Accelerators of an instance. */
export const gpusSchema = z.strictObject({
  /** Maker and model, in small letters. */
  name: z.string().min(1),
  count: z.int().positive(),
  /** Memory of each, in MiB; null where the source does not tell. */
  memoryMiB: z.int().positive().nullable(),
});

/** What an instance whose CPUs are shared may do on average; it earns credits below that, and spends them above. */
const burstableSchema = z.strictObject({
  /** Share of each vCPU. */
  baseline: z.number().positive().max(1),
  /** Id of the service that charges for what is spent beyond what was earned, by the vCPU-hour. */
  surplus: z.string().min(1),
  /** Source of the baseline. */
  source,
});

/** What an instance is and costs on demand, under Linux. */
export const instancePriceSchema = z.strictObject({
  type: z.string().min(1),
  vcpus: z.int().positive(),
  memoryMiB: z.int().positive(),
  architecture: z.enum(architectures),
  gpus: gpusSchema.nullable(),
  /** What pods may have of it; null where nobody wrote it down. */
  allocatable: size.nullable(),
  /** For an hour. */
  perHour: amount,
  source,
  /** Source of its size. */
  sizes: source,
  /** Left out where all of its CPUs are its own. */
  burstable: burstableSchema.optional(),
});

/** Keys of the sources of an instance. */
export function sourcesOf({ source, sizes, burstable }: z.infer<typeof instancePriceSchema>): string[] {
  return [source, sizes, ...(burstable === undefined ? [] : [burstable.source])];
}

/** What else is charged for: by the hour or by use. */
const servicePriceSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  name: z.string().min(1),
  price: amount,
  per: z.enum(["hour", "minute", "GB", "GB-month", "LCU-hour", "vCPU-hour"]),
  /** @default the region of the list */
  region: z.string().optional(),
  computed,
  source,
});

/** What functions beside AWS Lambda charge; AWS Lambda has a price book of its own. */
const functionPriceSchema = z.strictObject({
  id: z.string().min(1),
  name: z.string().min(1),
  region: z.string().min(1),
  perGibSecond: amount,
  /** Null where memory is all that counts. */
  perVcpuSecond: amount.nullable(),
  perMillionRequests: amount,
  source,
});

/** What a cloud charges in one region, each price with where it is written. Without taxes and free allowances. */
export const cloudPricesSchema = z
  .strictObject({
    schemaVersion: z.literal(cloudPricesVersion),
    provider: z.enum(cloudNames),
    name: z.string().min(1),
    region: z.string().min(1),
    currency: currencySchema,
    sources: z.record(z.string(), sourceSchema),
    instances: z.array(instancePriceSchema),
    services: z.array(servicePriceSchema),
    /** For a GB to the internet, by the GB of a month; null where it is not known. */
    egress: z.strictObject({ tiers: tiersSchema, computed, source }).nullable(),
    functions: z.array(functionPriceSchema),
  })
  .superRefine(({ sources, instances, services, egress, functions }, check) => {
    const named = [...instances.flatMap(sourcesOf), ...services.map((one) => one.source)];
    const all = [...named, ...functions.map((one) => one.source), ...(egress === null ? [] : [egress.source])];
    for (const name of all.filter((one) => sources[one] === undefined)) {
      check.addIssue({ code: "custom", path: ["sources"], message: `has no ${name}` });
    }
    for (const [what, names] of [
      ["type", instances.map((one) => one.type)] as const,
      ["id", services.map((one) => one.id)] as const,
    ]) {
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      if (twice !== undefined) check.addIssue({ code: "custom", message: `${what} ${twice} is there twice` });
    }
  });

/** What a cloud charges in one region. */
export type CloudPrices = z.infer<typeof cloudPricesSchema>;
/** What an instance is and costs. */
export type InstancePrice = z.infer<typeof instancePriceSchema>;
