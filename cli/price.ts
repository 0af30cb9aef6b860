import { existsSync, readFileSync } from "node:fs";
import { UnderlayError } from "../measure/error.ts";
import { beyondBudget, type Budget, type CostDifference, costDifference } from "../measure/planned-cost.ts";
import { readPlan } from "../measure/planned/resource.ts";
import { plannedCostMarkdown, type PlannedCostOptions, plannedCostText } from "../report/planned-cost.ts";
import { numberOf } from "./options.ts";
import { bookFrom, priceTable } from "./price-lists.ts";

/** Options of `underlay price`, as they were typed. */
export interface PriceOptions {
  readonly hours: string;
  readonly budget?: string;
  readonly perHour?: string;
  readonly currency?: string;
  readonly priceBook?: string;
  readonly region?: string;
  readonly here?: string;
  readonly markdown?: boolean;
  readonly json?: boolean;
}

function planIn(file: string): string {
  if (file === "-") return readFileSync(0, "utf8");
  if (existsSync(file)) return readFileSync(file, "utf8");
  throw new UnderlayError(
    "plan-missing",
    `There is no file ${file}.`,
    "Write `pulumi preview --json` into it, or give -.",
  );
}

/**
 * Prints what a plan costs before it is made.
 *
 * @param file what `pulumi preview --json` or `pulumi stack export` printed; `-` for standard input
 * @returns 0; 1 when it is beyond the budget, or a budget is given and a price is not known
 */
export function pricePlan(file: string, options: PriceOptions): number {
  const book = bookFrom(options.priceBook);
  const { region = null, here = null, currency = book?.currency ?? "USD" } = options;
  if (here !== null && book === null) {
    throw new UnderlayError(
      "option-invalid",
      `--here is "${here}".`,
      "It names a machine of a price book: give --price-book.",
    );
  }
  const table = priceTable(book);
  const difference = costDifference(readPlan(planIn(file)), { table, currency, here, region });
  const hours = numberOf("--hours", options.hours);
  const limit = limitOf(options);
  const beyond = limit === null ? null : beyondBudget(difference.after, { ...limit, hours, currency });
  print(difference, { hours, beyond }, { ...options, currency });
  return beyond === null || beyond.length === 0 ? 0 : 1;
}

/** What may be spent; null without a limit. */
function limitOf({ budget, perHour }: PriceOptions): Pick<Budget, "perHour" | "total"> | null {
  if (budget === undefined && perHour === undefined) return null;
  return {
    total: budget === undefined ? undefined : numberOf("--budget", budget),
    perHour: perHour === undefined ? undefined : numberOf("--per-hour", perHour),
  };
}

function print(difference: CostDifference, how: PlannedCostOptions, { json, markdown, currency }: PriceOptions): void {
  const whole = { hours: how.hours, currency, ...difference, beyond: how.beyond };
  const told = markdown === true ? plannedCostMarkdown : plannedCostText;
  process.stdout.write(json === true ? `${JSON.stringify(whole, null, 2)}\n` : told(difference, how));
}
