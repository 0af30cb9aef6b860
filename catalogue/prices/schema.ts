import { z } from "zod";
import { architectures } from "../../measure/endpoint.ts";
import { currencySchema, tiersSchema as tiers } from "./parts.ts";

/** Version of the format of price books. */
export const priceBookSchemaVersion = 1;

const price = z.number().nonnegative();
const byArchitecture = <T extends z.ZodType>(item: T) => z.record(z.enum(architectures), item);

/** What a provider charges, at a date, with where that is written. Without taxes and free allowances. */
export const priceBookSchema = z.strictObject({
  schemaVersion: z.literal(priceBookSchemaVersion),
  id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/),
  /** What our text calls it. */
  name: z.string().min(1),
  /** Region of the provider; null where the source names none. */
  region: z.string().nullable(),
  currency: currencySchema,
  /** When the prices held, as exactly as the sources tell. */
  asOf: z.string().regex(/^\d{4}(?:-\d{2}(?:-\d{2})?)?$/),
  /** Where each price is written, and what is not known. */
  sources: z.array(z.strictObject({ prices: z.string().min(1), source: z.string().min(1) })).min(1),
  function: z.strictObject({
    /** A request's duration is rounded up to a multiple of this, in ms. */
    billingUnitMs: z.number().positive(),
    duration: z.discriminatedUnion("by", [
      /** For one billing unit of an instance with so much memory in MiB; other sizes are not known. */
      z.strictObject({ by: z.literal("memory"), perUnit: z.record(z.string().regex(/^\d+$/), price) }),
      /** For a GiB of an instance's memory for a second. */
      z.strictObject({ by: z.literal("gibSecond"), architectures: byArchitecture(tiers) }),
    ]),
    /** For a million requests; null where it is not known. */
    perMillionRequests: price.nullable(),
    /** For instances that are kept ready: for their time, and for requests' duration on them. */
    provisioned: byArchitecture(z.strictObject({ perGibSecond: price, durationPerGibSecond: price })).nullable(),
    /** For a GiB of /tmp beyond the 512 MiB that cost nothing, for a second; null where it is not known. */
    ephemeralStoragePerGibSecond: price.nullable(),
  }),
  /** For a million requests through an HTTP API; null where it is not known. */
  httpApiPerMillion: tiers.nullable(),
  /** Object storage; null where it is not known. */
  storage: z.strictObject({ perGibMonth: tiers, perThousandReads: price }).nullable(),
});

/** What a provider charges, at a date. */
export type PriceBook = z.infer<typeof priceBookSchema>;
