import type { DataSet } from "../catalogue/models/schema.ts";

/** What is known of the data that a model is to work on. */
export type Domain = Pick<DataSet, "content" | "colour" | "side">;

/** How much the subject counts against colours and size. */
const weights = { content: 2, colour: 1, side: 1 } as const;

/** Sides further apart than this factor are as different as can be: 8 pixels against 512. */
const widestRatio = 64;

/**
 * How near two subjects are in a tree, from 0 to 1: twice the depth of what they have in common, over the sum of their
 * depths (Wu and Palmer, "Verb semantics and lexical selection", ACL 1994).
 *
 * @param one Such as `image/photograph/clothing`.
 * @param other The same.
 */
export function contentSimilarity(one: string, other: string): number {
  const [left, right] = [one.split("/"), other.split("/")];
  const apart = left.findIndex((word, depth) => word !== right[depth]);
  const common = apart === -1 ? left.length : apart;
  return (2 * common) / (left.length + right.length);
}

/**
 * How alike two domains are, from 0 to 1, by what is said of their data: Gower's general coefficient of similarity ("A
 * general coefficient of similarity and some of its properties", Biometrics 27, 1971), the mean of the similarities of
 * those attributes that are known of both. The subject (see `contentSimilarity`) has weight 2; colours, equal or not,
 * 1; pixels of a side, 1 less the ratio's logarithm over that of 64, 1. Domains of another kind, such as text and images,
 * have nothing in common.
 *
 * It knows names and sizes, not the data: `underlay models adapt` measures how far two sets are apart.
 */
export function domainSimilarity(one: Domain, other: Domain): number {
  const content = contentSimilarity(one.content, other.content);
  if (content === 0) return 0;
  const known: { weight: number; similarity: number }[] = [{ weight: weights.content, similarity: content }];
  if (one.colour !== null && other.colour !== null) {
    known.push({ weight: weights.colour, similarity: one.colour === other.colour ? 1 : 0 });
  }
  if (one.side !== null && other.side !== null) {
    const ratio = Math.abs(Math.log(one.side / other.side)) / Math.log(widestRatio);
    known.push({ weight: weights.side, similarity: Math.max(0, 1 - ratio) });
  }
  const sum = known.reduce((total, { weight }) => total + weight, 0);
  return known.reduce((total, { weight, similarity }) => total + weight * similarity, 0) / sum;
}
