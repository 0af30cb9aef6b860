import { distance } from "fastest-levenshtein";

/**
 * The name that a mistyped one most likely means.
 *
 * @param word what was typed
 * @param names what there is
 * @returns The name with the fewest letters to change, the first of those alike; empty when there are no names.
 */
export function nearest(word: string, names: readonly string[]): string {
  return names.toSorted((a, b) => distance(word, a) - distance(word, b))[0] ?? "";
}
