import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import {
  type BigDecimal,
  adjustedExponent,
  compare,
  divideIntegers,
  negate,
  one,
  roundBeside,
  zero,
} from './big-decimal.ts';
import { type Approximation, approximateQuotient, correctlyRounded } from './correct-rounding.ts';
import { isNearlyLinear, isNearlyOne } from './decimal-exponential.ts';
import { nearnessToOne } from './decimal-logarithm.ts';
import { arcError, arcOf, sineAndCosineOf } from './fixed-point-angles.ts';
import { decimalToFixed, log2Of10, piFixed, workingBits } from './fixed-point.ts';
import { integerSquareRoot } from './integer-root.ts';
import { absolute, decimalDigits, powerOfTen } from './integer-size.ts';

/** Beyond, sine and cosine would need ever more digits of pi, for angles that do not occur in practice. */
const angleMax: BigDecimal = { coefficient: 1n, exponent: 100 };

function sizeOf(x: BigDecimal): BigDecimal {
  return x.coefficient < 0n ? { coefficient: -x.coefficient, exponent: x.exponent } : x;
}

function withSignOf(x: BigDecimal, result: BigDecimal): BigDecimal {
  return x.coefficient < 0n ? negate(result) : result;
}

function checkAngle(x: BigDecimal, name: string): void {
  if (compare(sizeOf(x), angleMax) > 0) fault('RANGE', `${name} takes angles up to 1e100 in size.`);
}

interface Angle {
  readonly sine: Approximation;
  readonly cosine: Approximation;
}

/** Sine and cosine of x, each off by less than 32 units. */
function sineAndCosine(x: BigDecimal, bits: number): Angle {
  // pi is taken with as many more bits as the integer part of x has.
  const wide = workingBits(bits + Math.max(adjustedExponent(x) + 1, 0) * log2Of10 + 8);
  const size = decimalToFixed(absolute(x.coefficient), x.exponent, wide);
  const { sine, cosine } = sineAndCosineOf(size, wide, bits);
  const of = (mantissa: bigint): Approximation => ({ mantissa, bits, exponent: 0, error: 32n });
  return { sine: of(x.coefficient < 0n ? -sine : sine), cosine: of(cosine) };
}

export function sin(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  checkAngle(x, 'sin');
  if (x.coefficient === 0n) return zero;
  if (isNearlyLinear(x, precision)) return roundBeside(x, 'inward', precision);
  return correctlyRounded(precision, budget, (bits) => sineAndCosine(x, bits).sine, difficultyOf(x));
}

export function cos(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  checkAngle(x, 'cos');
  if (isNearlyOne(x, precision)) return one;
  return correctlyRounded(precision, budget, (bits) => sineAndCosine(x, bits).cosine, { operands: [x] });
}

export function tan(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  checkAngle(x, 'tan');
  if (x.coefficient === 0n) return zero;
  if (isNearlyLinear(x, precision)) return roundBeside(x, 'outward', precision);
  const tangent = (bits: number): Approximation => {
    const { sine, cosine } = sineAndCosine(x, bits);
    return approximateQuotient(sine, cosine);
  };
  return correctlyRounded(precision, budget, tangent, difficultyOf(x));
}

/** Of a function whose result is about as small as x. */
function difficultyOf(x: BigDecimal): { operands: readonly BigDecimal[]; smallness: number } {
  return { operands: [x], smallness: -adjustedExponent(x) * log2Of10 };
}

/** sqrt(1 - x²) for |x| <= 1, off by less than 1 unit. */
function complement(x: BigDecimal, bits: number): bigint {
  if (x.exponent >= 0) return x.coefficient === 0n ? 1n << BigInt(bits) : 0n;
  const unit = powerOfTen(-2 * x.exponent);
  return integerSquareRoot(((unit - x.coefficient * x.coefficient) << BigInt(2 * bits)) / unit);
}

function checkSine(x: BigDecimal, name: string): void {
  if (compare(sizeOf(x), one) > 0) fault('DOMAIN', `${name} is defined from -1 to 1 only.`);
}

export function asin(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  checkSine(x, 'asin');
  if (x.coefficient === 0n) return zero;
  if (isNearlyLinear(x, precision)) return roundBeside(x, 'outward', precision);
  const arc = (bits: number): Approximation => {
    const sine = decimalToFixed(absolute(x.coefficient), x.exponent, bits);
    return { mantissa: arcOf(sine, complement(x, bits), bits), bits, exponent: 0, error: arcError };
  };
  return withSignOf(x, correctlyRounded(precision, budget, arc, difficultyOf(x)));
}

export function acos(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  checkSine(x, 'acos');
  if (compare(x, one) === 0) return zero;
  // Too small to matter next to pi / 2, even if this rounding is undecided at twice the precision.
  const cosine = x.coefficient !== 0n && adjustedExponent(x) < -3 * (precision + 40) ? zero : x;
  const approximate = (bits: number): Approximation => {
    const size = decimalToFixed(absolute(cosine.coefficient), cosine.exponent, bits);
    const arc = arcOf(complement(cosine, bits), size, bits);
    return { mantissa: cosine.coefficient < 0n ? piFixed(bits) - arc : arc, bits, exponent: 0, error: arcError };
  };
  // Near 1, the arc is about the square root of 2 (1 - x).
  return correctlyRounded(precision, budget, approximate, { operands: [x], smallness: nearnessToOne(x) / 2 });
}

export function atan(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (x.coefficient === 0n) return zero;
  if (isNearlyLinear(x, precision)) return roundBeside(x, 'inward', precision);
  return withSignOf(x, arcOfQuotient(sizeOf(x), one, false, precision, budget));
}

/** The angle of the point (x, y), from -pi to pi; 0 for the origin, as in IEEE 754. */
export function atan2(y: BigDecimal, x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  const behind = x.coefficient < 0n;
  if (y.coefficient === 0n) return behind ? multipleOfPi(1n, 0, precision, budget) : zero;
  if (x.coefficient === 0n) return withSignOf(y, multipleOfPi(1n, 1, precision, budget));
  return withSignOf(y, arcOfQuotient(sizeOf(y), sizeOf(x), behind, precision, budget));
}

/** atan(y / x), or pi - atan(y / x) if `behind`, for x and y above 0. */
function arcOfQuotient(y: BigDecimal, x: BigDecimal, behind: boolean, precision: number, budget: Budget): BigDecimal {
  const size = adjustedExponent(y) - adjustedExponent(x);
  const exponent = y.exponent - x.exponent;
  if (!behind && size < -quotientDigits(y, x, precision) / 2 - 2) {
    // The quotient, less a trifle that only breaks a tie.
    const places = quotientDigits(y, x, precision);
    const numerator = y.coefficient * powerOfTen(places) - 1n;
    return divideIntegers(numerator, x.coefficient, exponent - places, precision);
  }
  // Where one is so much larger, the other does not matter even if the rounding is undecided at twice the precision.
  const dominance = 3 * (precision + 40);
  const excess = size > dominance ? size - dominance : behind && size < -dominance ? size + dominance : 0;
  const above = y.coefficient * powerOfTen(Math.max(exponent - excess, 0));
  const below = x.coefficient * powerOfTen(Math.max(excess - exponent, 0));
  const arc = (bits: number): Approximation => {
    const first = arcOf(above, below, bits);
    return { mantissa: behind ? piFixed(bits) - first : first, bits, exponent: 0, error: arcError };
  };
  return correctlyRounded(precision, budget, arc, {
    operands: [y, x],
    smallness: behind ? 0 : Math.max(-size, 0) * log2Of10,
  });
}

/** y / x is a half of `precision` digits, or differs from all of them by more than 10^-quotientDigits of itself. */
function quotientDigits(y: BigDecimal, x: BigDecimal, precision: number): number {
  return decimalDigits(y.coefficient) + decimalDigits(x.coefficient) + precision + 2;
}

/** pi × factor / 2^halvings. */
export function multipleOfPi(factor: bigint, halvings: number, precision: number, budget: Budget): BigDecimal {
  const approximate = (bits: number): Approximation => ({
    mantissa: factor * piFixed(bits),
    bits: bits + halvings,
    exponent: 0,
    error: factor + 1n,
  });
  return correctlyRounded(precision, budget, approximate, { operands: [] });
}

/** Radians to degrees. */
export function deg(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (x.coefficient === 0n) return zero;
  const approximate = (bits: number): Approximation => {
    const mantissa = ((x.coefficient * 180n) << BigInt(2 * bits)) / piFixed(bits);
    // A relative error of 2^-bits / pi, and the truncation.
    return { mantissa, bits, exponent: x.exponent, error: (absolute(mantissa) >> BigInt(bits)) + 2n };
  };
  return correctlyRounded(precision, budget, approximate, { operands: [x] });
}

/** Degrees to radians. */
export function rad(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (x.coefficient === 0n) return zero;
  const approximate = (bits: number): Approximation => {
    const mantissa = (x.coefficient * piFixed(bits)) / 180n;
    return { mantissa, bits, exponent: x.exponent, error: absolute(x.coefficient) / 180n + 2n };
  };
  return correctlyRounded(precision, budget, approximate, { operands: [x], smallness: 8 });
}
