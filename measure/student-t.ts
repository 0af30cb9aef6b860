import { gammaln } from "simple-statistics";

/**
 * The regularised incomplete beta function I_x(a, b), by its continued fraction in Lentz's form (Abramowitz and Stegun
 * 26.5.8; Press et al., Numerical Recipes, section 6.4). Relative error about 1e-10.
 */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below this point; above it the symmetry I_x(a, b) = 1 - I_(1-x)(b, a) helps.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x));
  const tiny = 1e-300;
  const awayFromZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 300; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-14) break;
  }
  return (front * fraction) / a;
}

/**
 * The probability that |T| exceeds `t` for Student's t distribution.
 *
 * @param t At least 0.
 * @param degreesOfFreedom Above 0, not necessarily whole.
 */
export function studentTTail(t: number, degreesOfFreedom: number): number {
  return incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
}

/**
 * The t that |T| stays below with probability `level`: the multiplier of a two-sided interval. Found by bisection.
 *
 * @param level Above 0 and below 1, such as 0.95.
 * @param degreesOfFreedom Above 0, not necessarily whole.
 */
export function studentTMultiplier(level: number, degreesOfFreedom: number): number {
  let low = 0;
  let high = 1;
  while (studentTTail(high, degreesOfFreedom) > 1 - level) high *= 2;
  for (let step = 0; step < 100 && high - low > 1e-12 * high; step += 1) {
    const middle = (low + high) / 2;
    if (studentTTail(middle, degreesOfFreedom) > 1 - level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The probability that F exceeds `f` for the F distribution.
 *
 * @param f At least 0.
 * @param between Degrees of freedom of the numerator.
 * @param within Degrees of freedom of the denominator.
 */
export function fTail(f: number, between: number, within: number): number {
  return incompleteBeta(within / (within + between * f), within / 2, between / 2);
}
