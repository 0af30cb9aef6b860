import { z } from "zod";

/** A currency, by ISO 4217. */
export const currencySchema = z.string().regex(/^[A-Z]{3}$/, "must be three capital letters, such as EUR");

/** A day, such as 2026-11-28. */
export const dateSchema = z.iso.date();

/** Prices by quantity of a month: each holds from its quantity on, up to that of the next. */
export const tiersSchema = z
  .array(z.strictObject({ from: z.number().nonnegative(), price: z.number().nonnegative() }))
  .min(1)
  .refine(
    (all) => all[0]?.from === 0 && all.every(({ from }, index) => index === 0 || from > (all[index - 1]?.from ?? 0)),
    "tiers begin at 0 and rise",
  );
