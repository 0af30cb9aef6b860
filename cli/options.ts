import { UnderlayError } from "../measure/error.ts";
import { type EnvironmentName, environmentNames } from "../measure/facts.ts";

/** Whether a text is a number that is not negative, as it is typed. */
export function isNumber(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}

/** A number within limits that an option was given. */
export function numberOf(option: string, text: string, low = 0, high = Infinity): number {
  const value = Number(text);
  if (isNumber(text) && value >= low && value <= high) return value;
  const allowed = high === Infinity ? "a number, such as 1.10" : `a number from ${String(low)} to ${String(high)}`;
  throw new UnderlayError("option-invalid", `${option} is "${text}".`, `Give ${allowed}.`);
}

/** A whole number within limits that an option was given. */
export function wholeOf(option: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= low && value <= high) return value;
  const allowed = `a whole number from ${String(low)} to ${String(high)}`;
  throw new UnderlayError("option-invalid", `${option} is "${text}", but must be ${allowed}.`);
}

/** Prices by environment. */
export function pricesOf(words: readonly string[]): Map<EnvironmentName, number> {
  const prices = new Map<EnvironmentName, number>();
  for (const word of words) {
    const [name = "", amount = "", ...more] = word.split("=");
    const environment = environmentNames.find((known) => known === name);
    if (environment === undefined || prices.has(environment) || more.length > 0 || !isNumber(amount)) {
      throw new UnderlayError(
        "price-invalid",
        `--price is "${word}".`,
        `Write it as ENVIRONMENT=AMOUNT, once for each of ${environmentNames.join(", ")}, such as --price vm=0.12.`,
      );
    }
    prices.set(environment, Number(amount));
  }
  return prices;
}
