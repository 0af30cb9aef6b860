import { z } from "zod";
import { cloudPrices, priceBook } from "../catalogue/prices/index.ts";
import { currencySchema } from "../catalogue/prices/parts.ts";
import { privateBookSchema } from "../catalogue/prices/private-schema.ts";
import { beyondBudget, plannedCost } from "../measure/planned-cost.ts";
import { stackRule } from "./rule.ts";

/** A stack costs no more than it may, and of everything in it the price is known. */
export const stackBudget = stackRule({
  name: "stack-budget",
  description: "A stack costs no more than it may, and every price in it is known.",
  remedy:
    "Take something out, give a price in book.agreed, or ask who set the budget; `underlay price` lists all of it.",
  config: z.strictObject({
    /** Most that it may cost in an hour; any amount unless told. */
    perHour: z.number().nonnegative().optional(),
    /** Most that it may cost in `hours`; any amount unless told. */
    total: z.number().nonnegative().optional(),
    /** Hours that it is planned to stand. */
    hours: z.number().positive().default(1),
    /** Currency of both; that of `book`, or USD, unless told. */
    currency: currencySchema.optional(),
    /** What machines of one's own cost, and what was agreed on (docs/schemas/private-price-book.schema.json). */
    book: privateBookSchema.optional(),
    /** Machine of the book that this one is, for stacks that use it. */
    here: z.string().optional(),
    /** Region of AWS; its provider's unless told. */
    region: z.string().optional(),
  }),
  checkStack: (resources, { perHour, total, hours, currency, book = null, here = null, region = null }) => {
    if (perHour === undefined && total === undefined) return [];
    const own = currency ?? book?.currency ?? "USD";
    const table = { clouds: cloudPrices(), book, functions: priceBook("aws-2026") };
    const cost = plannedCost(
      // Of components and the stack itself nothing is charged.
      resources.filter(({ custom }) => custom),
      { table, currency: own, here, region },
    );
    return beyondBudget(cost, { perHour, total, hours, currency: own });
  },
});
