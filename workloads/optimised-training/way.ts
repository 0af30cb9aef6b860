import type { GraphCompiler, RunSettings } from "../../catalogue/images/schema.ts";

/** A way to run an image. */
export interface Way {
  /** Compilers that are switched on. */
  readonly compilers: readonly GraphCompiler[];
  /** Tuned settings; none for the framework's defaults. */
  readonly settings?: RunSettings | undefined;
}

/** Whether two lists have the same items, in whichever order. */
export const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item) => b.includes(item));

function settingsKey(settings: RunSettings | undefined): string {
  const { arguments: words = [], environment = {} } = settings ?? {};
  return JSON.stringify([words, Object.entries(environment).sort()]);
}

/** Whether two ways to run an image are one. */
export const sameWay = (a: Way, b: Way): boolean =>
  sameSet(a.compilers, b.compilers) && settingsKey(a.settings) === settingsKey(b.settings);

/** Settings for people; empty for the defaults. */
export function settingsText({ settings }: Way): string {
  if (settings === undefined) return "";
  const variables = Object.entries(settings.environment).map(([name, value]) => `${name}=${value}`);
  return [...variables, ...settings.arguments].join(" ");
}
