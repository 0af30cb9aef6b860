import { type Bounded, ratioOfBounded } from "../../measure/interval.ts";

/** What is ranked. */
export interface Contender {
  readonly id: string;
  /** How far it is from what was asked for: compared one after the other, the smaller first. */
  readonly distance: readonly number[];
  /** Times as fast as plain, with its interval; a point where there is none. */
  readonly speed: Bounded;
  /** What it takes, in the order of {@link burdens}: compared one after the other, the smaller first. */
  readonly burden: readonly number[];
}

/** What contenders whose speeds cannot be told apart are ranked by, in words for the one that takes less. */
export const burdens = [
  "is built as asked for",
  "needs no tuned settings",
  "leaves graph compilers as they are",
] as const;

function compared(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}

const isOther = (difference: number): boolean => difference !== 0;

function simplest(a: Contender, b: Contender): number {
  const differences = [compared(a.burden, b.burden), b.speed.value - a.speed.value];
  return differences.find(isOther) ?? a.id.localeCompare(b.id);
}

function fastest(a: Contender, b: Contender): number {
  return [b.speed.value - a.speed.value].find(isOther) ?? simplest(a, b);
}

/** A contender in its place. */
export interface Placed<C extends Contender> {
  readonly contender: C;
  /** The faster one that it goes before, since the two cannot be told apart and it takes less; null where there is none. */
  readonly before: { readonly contender: C; readonly speed: Bounded; readonly because: string } | null;
}

/** Puts those of one distance in order. */
function placed<C extends Contender>(contenders: readonly C[]): Placed<C>[] {
  const left = [...contenders];
  const order: Placed<C>[] = [];
  while (left.length > 0) {
    // Whoever is the fastest by its point is among them: it is credibly slower than nobody.
    const credible = left.filter((one) => !left.some((other) => ratioOfBounded(one.speed, other.speed).low > 1));
    const [first] = credible.toSorted(simplest);
    const [best] = credible.toSorted(fastest);
    if (first === undefined || best === undefined) break;
    const at = first.burden.findIndex((value, index) => value !== best.burden[index]);
    const because = burdens[at];
    const isSlower = first.speed.value < best.speed.value && because !== undefined;
    const speed = ratioOfBounded(first.speed, best.speed);
    order.push({ contender: first, before: isSlower ? { contender: best, speed, because } : null });
    left.splice(left.indexOf(first), 1);
  }
  return order;
}

/**
 * Ranks contenders: by their distance from what was asked for; then by speed, as far as the intervals tell it, so that
 * nobody goes before one that is credibly faster; and where they do not, by what each takes.
 *
 * @returns All of them, best first.
 */
export function ranking<C extends Contender>(contenders: readonly C[]): Placed<C>[] {
  const sorted = contenders.toSorted((a, b) => compared(a.distance, b.distance));
  const nearest = sorted.filter((one, index) => {
    const last = sorted[index - 1];
    return last === undefined || compared(one.distance, last.distance) !== 0;
  });
  return nearest.flatMap(({ distance }) => placed(sorted.filter((one) => compared(one.distance, distance) === 0)));
}
