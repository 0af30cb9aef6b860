import { UnderlayError } from "./error.ts";

/** A reproducible source of random numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** The next 32 random bits, as an integer from 0 to 4,294,967,295. */
  readonly bits: () => number;
  /** A number from 0 (included) to 1 (excluded) with 53 random bits. */
  readonly unit: () => number;
  /** A whole number from 0 to `bound` - 1, each equally likely; `bound` from 1 to 2,097,152. */
  readonly below: (bound: number) => number;
  /** A number of the standard normal distribution. */
  readonly normal: () => number;
}

/** Four 32-bit words, not all zero. */
export type RandomState = readonly [number, number, number, number];

const twoToThe32 = 4_294_967_296;

/**
 * The generator xoshiro128** 1.1 of Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47
 * (2021), after the public-domain `xoshiro128starstar.c` on prng.di.unimi.it: period 2^128 - 1.
 *
 * @param state Where it starts.
 * @throws UnderlayError `random-state` when all words are zero, from which the generator cannot leave.
 */
export function randomFromState(state: RandomState): Random {
  let [a, b, c, d] = state.map((word) => word >>> 0) as [number, number, number, number];
  if ((a | b | c | d) === 0) {
    throw new UnderlayError(
      "random-state",
      "The state of a random generator is all zeros.",
      "Give a state with a word that is not zero.",
    );
  }
  const bits = (): number => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const unit = (): number => ((bits() >>> 5) * 67_108_864 + (bits() >>> 6)) / 9_007_199_254_740_992;
  // Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019): no division but for rare rejections,
  // which make every value equally likely. The product is exact: below 2^53.
  const below = (bound: number): number => {
    let product = bits() * bound;
    if (product >>> 0 < bound) {
      const threshold = twoToThe32 % bound;
      while (product >>> 0 < threshold) product = bits() * bound;
    }
    return Math.floor(product / twoToThe32);
  };
  // Box and Muller (1958); 1 - unit() is never 0, so the logarithm is finite.
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
  return { bits, unit, below, normal };
}

/**
 * A generator from a seed. The state is filled by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), as the authors of
 * xoshiro advise, so that neighbouring seeds give unrelated numbers.
 *
 * @param seed A whole number from 0 to `Number.MAX_SAFE_INTEGER`.
 * @throws UnderlayError `seed` for any other number.
 */
export function randomFrom(seed: number): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new UnderlayError(
      "seed",
      `The seed is ${seed}.`,
      `Give a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`,
    );
  }
  let counter = BigInt(seed);
  const word64 = (): bigint => {
    counter = BigInt.asUintN(64, counter + 0x9e3779b97f4a7c15n);
    let z = counter;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
  const first = word64();
  const second = word64();
  return randomFromState([
    Number(first & 0xffffffffn),
    Number(first >> 32n),
    Number(second & 0xffffffffn),
    Number(second >> 32n),
  ]);
}

/**
 * The items in a random order, each order equally likely (Durstenfeld, CACM 7, 1964). The given array is left as it is.
 *
 * @param items What to put in order.
 * @param random Source of the order.
 */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}
