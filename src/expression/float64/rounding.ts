import { sumError } from './double-double.ts';
import { exponentMax, leastExponent, mantissaBits, powerOfTwo, scaleByPowerOfTwo } from './double-parts.ts';

/**
 * The rounding test of Ziv (1991). A fast path knows that the exact result lies within (high + low) ± error. When both ends
 * round to the same double, that double is the exact result rounded once. Otherwise the test returns NaN, which no
 * function has as a result, and the caller turns to exact arithmetic. `error` includes the rounding of `low ± error`.
 */
export function rounded(high: number, low: number, error: number): number {
  const upper = high + (low + error);
  return upper === high + (low - error) ? upper : Number.NaN;
}

/** Below this exponent of `high`, the result may be a subnormal, which has fewer bits to round to. */
const safeExponentMin = leastExponent + mantissaBits + 2;

/** The same for (high + low ± error) × 2^exponent, where 2^-10 < |high| < 2^10, `error` > 0 and |exponent| < 2,900. */
export function roundedScaled(high: number, low: number, error: number, exponent: number): number {
  if (exponent > safeExponentMin + 10 && exponent <= exponentMax) {
    return rounded(high, low, error) * powerOfTwo(exponent);
  }
  return exponent < 0
    ? roundedSubnormal(high, low, error, exponent)
    : scaleByPowerOfTwo(rounded(high, low, error), exponent);
}

/**
 * A result below 2^-1022 has fewer bits than 53. Added to a number whose last place is the least double's, all scaled,
 * `high` loses just the bits that the result has no room for; the sum with what was lost rounds once. The rounding of
 * that rest is below 2^-52 of it, and counts as part of the error.
 */
function roundedSubnormal(high: number, low: number, error: number, exponent: number): number {
  if (high < 0) return -roundedSubnormal(-high, -low, error, exponent);
  if (exponent < leastExponent - 12) return 0;
  const leastNormal = powerOfTwo(leastExponent + mantissaBits - 1 - exponent);
  if (high > leastNormal) return scaleByPowerOfTwo(rounded(high, low, error), exponent);
  const sum = leastNormal + high;
  const rest = sumError(leastNormal, high, sum) + low;
  return scaleByPowerOfTwo(rounded(sum, rest, error + Math.abs(rest) * 2.3e-16) - leastNormal, exponent);
}
