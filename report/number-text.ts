import type { Interval } from "../measure/results.ts";

/** What stands where a number is missing; its reason stands beside it or below. */
export const dash = "—";

/**
 * A number with so many significant digits, without an exponent and with a true minus sign; digits before the decimal
 * point are never rounded away.
 *
 * @param value Any finite number.
 * @param significant Significant digits, from 1.
 */
export function numberText(value: number, significant = 4): string {
  if (value === 0) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  const text = Math.abs(value).toFixed(Math.min(20, Math.max(0, significant - 1 - magnitude)));
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** A ratio: three decimals, or four significant digits from 10 on, or two below a hundredth. */
export function ratioText(ratio: number): string {
  if (Math.abs(ratio) >= 10) return numberText(ratio, 4);
  return Math.abs(ratio) < 0.01 ? numberText(ratio, 2) : ratio.toFixed(3);
}

/** The bounds of an interval of ratios, such as `0.964 to 0.972`. */
export function intervalText(interval: Interval): string {
  return `${ratioText(interval.low)} to ${ratioText(interval.high)}`;
}

/** A ratio as the change it means, in per cent with its sign, such as `−3.2 %` (with a no-break space). */
export function changeText(ratio: number): string {
  const change = 100 * (ratio - 1);
  const text = Math.abs(change) >= 100 ? Math.abs(change).toFixed(0) : Math.abs(change).toFixed(1);
  if (Number(text) === 0) return "0.0\u00a0%";
  return `${change < 0 ? "−" : "+"}${text}\u00a0%`;
}

/** A duration in words: `48 s`, `12 min 30 s`, `3 h 5 min`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A moment as a reader writes it, such as `2026-03-02 09:30 UTC`. */
export function momentText(iso: string): string {
  const moment = new Date(iso).toISOString();
  return `${moment.slice(0, 10)} ${moment.slice(11, 16)} UTC`;
}

/** A digest that fits a table: `sha256:` and its first 12 digits. Other text stays as it is. */
export function shortDigest(digest: string): string {
  return digest.replace(/\b([0-9a-f]{12})[0-9a-f]{20,}\b/g, "$1…");
}

/** Items in a sentence: `a`, `a and b`, `a, b and c`. */
export function listText(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;
}
