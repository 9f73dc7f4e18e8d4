import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { decimalExponentMax } from '../limits.ts';
import {
  type BigDecimal,
  adjustedExponent,
  compare,
  createDecimal,
  divideIntegers,
  divisionByZero,
  isInteger,
  negate,
  one,
  overflow,
  roundToPrecision,
  zero,
} from './big-decimal.ts';
import { type Approximation, correctlyRounded } from './correct-rounding.ts';
import { decimalRootCost, multiplicationCost, rootCost, roundingCost, wholePowerCost } from './costs.ts';
import { reductionBits, scaledExponential } from './decimal-exponential.ts';
import { scaledLogarithm } from './decimal-logarithm.ts';
import { log2Of10, workingBits } from './fixed-point.ts';
import { integerSquareRoot } from './integer-root.ts';
import { absolute, approximateLog10, bitLength, decimalDigits, powerOfTen } from './integer-size.ts';

/** Whole powers of up to this many bits are multiplied out; beyond that, the logarithm is as fast. */
const exactPowerBitsMax = 4_096;

/** x^y, with 0^0 = 1. */
export function power(x: BigDecimal, exponent: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (exponent.coefficient === 0n) return one;
  if (x.coefficient === 0n) return exponent.coefficient < 0n ? divisionByZero() : zero;
  const y = withoutTrailingZeros(exponent);
  const whole = isInteger(y);
  if (x.coefficient < 0n && !whole) {
    fault('DOMAIN', 'A negative number has no real power with a fraction; for roots use cbrt(x) or nthroot(x, n).');
  }
  const size = withoutTrailingZeros({ coefficient: absolute(x.coefficient), exponent: x.exponent });
  const result = (whole ? exactPower(size, y, precision, budget) : undefined) ?? realPower(size, y, precision, budget);
  return x.coefficient < 0n && isOdd(y) ? negate(result) : result;
}

function isOdd(whole: BigDecimal): boolean {
  if (whole.exponent > 0) return false;
  return ((whole.coefficient / powerOfTen(-whole.exponent)) & 1n) === 1n;
}

/** Not for 0. */
function withoutTrailingZeros(x: BigDecimal): BigDecimal {
  if (x.coefficient % 10n !== 0n) return x;
  let { coefficient, exponent } = x;
  // No coefficient has twice as many zeros as the first step takes away.
  for (let step = decimalDigits(coefficient) > 64 ? 1_024 : 32; step >= 1; step /= 2) {
    const unit = powerOfTen(step);
    if (coefficient % unit !== 0n) continue;
    coefficient /= unit;
    exponent += step;
  }
  return { coefficient, exponent };
}

/** The power multiplied out and rounded once; undefined if that would take too many digits. Both are without trailing zeros. */
function exactPower(x: BigDecimal, y: BigDecimal, precision: number, budget: Budget): BigDecimal | undefined {
  const times = absolute(y.coefficient);
  const size = adjustedExponent(y);
  const bits = bitLength(x.coefficient);
  if (x.coefficient !== 1n && (size > 4 || bits * Number(times) * 10 ** y.exponent > exactPowerBitsMax))
    return undefined;
  if (x.coefficient === 1n && x.exponent === 0) return one;
  // A power of ten, of whatever size; its range is checked below.
  const count = size > 20 ? Infinity : Number(times) * 10 ** y.exponent;
  if (x.coefficient !== 1n) budget.charge(wholePowerCost(bits * count) + roundingCost(bits * count));
  const coefficient = x.coefficient === 1n ? 1n : x.coefficient ** BigInt(Math.round(count));
  const exponent = x.exponent === 0 ? 0 : x.exponent * Math.round(count);
  return y.coefficient > 0n
    ? createDecimal(coefficient, exponent, precision)
    : divideIntegers(1n, coefficient, -exponent, precision);
}

/** x^y = e^(y ln x) for x > 0. */
function realPower(x: BigDecimal, y: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (compare(x, one) === 0) return one;
  // The result is 10^10^size, or its inverse.
  const size = logarithmSize(x) + approximateLog10(absolute(y.coefficient)) + y.exponent;
  if (size > Math.log10(decimalExponentMax + 2)) return exceeds(x, y);
  if (size < -(precision + 2)) return one;
  const magnitude = Math.max(adjustedExponent(y) + 1, 0) * log2Of10;
  const approximate = (bits: number): Approximation => {
    const { mantissa, bits: wide } = scaledLogarithm(x.coefficient, 1n, x.exponent, workingBits(bits + magnitude + 20));
    const product =
      y.exponent >= 0
        ? mantissa * y.coefficient * powerOfTen(y.exponent)
        : (mantissa * y.coefficient) / powerOfTen(-y.exponent);
    return widened(scaledExponential(product >> BigInt(wide - bits - reductionBits), bits));
  };
  return correctlyRounded(precision, budget, approximate, { operands: [x, y], work: 2 });
}

/** The error of the argument of the exponential has its part in the error too. */
function widened(approximation: Approximation): Approximation {
  return { ...approximation, error: approximation.error + 20n };
}

function exceeds(x: BigDecimal, y: BigDecimal): BigDecimal {
  return compare(x, one) > 0 === y.coefficient > 0n ? overflow() : zero;
}

/** log10 of |log10 x|, for x > 0 other than 1, to some 12 digits. */
function logarithmSize(x: BigDecimal): number {
  const size = adjustedExponent(x);
  if (size > 0 || size < -1) return Math.log10(Math.abs(approximateLog10(x.coefficient) + x.exponent));
  const unit = powerOfTen(-x.exponent);
  const difference = x.coefficient - unit;
  const distance = approximateLog10(absolute(difference)) + x.exponent;
  // Next to 1, ln x is x - 1 in all the digits of a double.
  const logarithm =
    distance < -16 ? distance : Math.log10(Math.abs(Math.log1p(Number((difference * powerOfTen(40)) / unit) / 1e40)));
  return logarithm + Math.log10(Math.LOG10E);
}

export function sqrt(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  budget.charge(decimalRootCost(precision) + longRootCost(x.coefficient));
  if (x.coefficient < 0n) fault('DOMAIN', 'The square root of a negative number is not defined.');
  return squareRootOf(x.coefficient, 1n, x.exponent, precision);
}

/** Cost of the square root of a number that has more digits than any precision. */
function longRootCost(value: bigint): number {
  const bits = bitLength(value);
  return bits <= 640 ? 0 : rootCost(bits, 2);
}

/** The square root of numerator / denominator × 10^exponent, rounded once. */
export function squareRootOf(numerator: bigint, denominator: bigint, exponent: number, precision: number): BigDecimal {
  if (numerator === 0n) return zero;
  const odd = exponent % 2 !== 0;
  const [top, even] = odd ? [numerator * 10n, exponent - 1] : [numerator, exponent];
  const whole = denominator === 1n ? integerSquareRoot(top) : 0n;
  if (denominator === 1n && whole * whole === top) return createDecimal(whole, even / 2, precision);
  const missing = 2 * (precision + 2) + decimalDigits(denominator) - decimalDigits(top);
  const places = Math.max(Math.ceil(missing / 2), 0);
  const scaled = top * powerOfTen(2 * places);
  const root = integerSquareRoot(scaled / denominator);
  // One more digit shows whether anything follows, so that a number near a half is not taken for one.
  const following = root * root * denominator === scaled ? 0n : 1n;
  return createDecimal(root * 10n + following, even / 2 - places - 1, precision);
}

export function cbrt(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  return nthRoot(x, { coefficient: 3n, exponent: 0 }, precision, budget);
}

/** The n-th root of x: x^(1/n), also of a negative x if n is odd. */
export function nthRoot(x: BigDecimal, n: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (n.coefficient === 0n || !isInteger(n)) fault('DOMAIN', 'The degree of a root must be an integer other than 0.');
  if (x.coefficient === 0n) return n.coefficient < 0n ? divisionByZero() : zero;
  if (x.coefficient < 0n && !isOdd(n)) fault('DOMAIN', 'An even root of a negative number is not defined.');
  if (compare(n, { coefficient: 2n, exponent: 0 }) === 0) return sqrt(x, precision, budget);
  if (compare(n, one) === 0) return roundToPrecision(x, precision);
  const size = { coefficient: absolute(x.coefficient), exponent: x.exponent };
  const result = compare(size, one) === 0 ? one : positiveRoot(size, n, precision, budget);
  return x.coefficient < 0n ? negate(result) : result;
}

function positiveRoot(x: BigDecimal, n: BigDecimal, precision: number, budget: Budget): BigDecimal {
  // ln x is below 2,400,000, so such a root is 1 and a trifle.
  if (adjustedExponent(n) > precision + 8) return one;
  const degree = n.exponent >= 0 ? n.coefficient * powerOfTen(n.exponent) : n.coefficient / powerOfTen(-n.exponent);
  const approximate = (bits: number): Approximation => {
    const { mantissa } = scaledLogarithm(x.coefficient, 1n, x.exponent, bits + 32);
    return widened(scaledExponential((mantissa / degree) >> BigInt(32 - reductionBits), bits));
  };
  return correctlyRounded(precision, budget, approximate, { operands: [x, n], work: 2 });
}

/** Numbers smaller than the largest by more than this many digits can only break a tie, where none has more than `digits`. */
const negligibleDigits = (precision: number, digits: number): number => precision + Math.max(precision, digits) + 20;

/** The square root of the sum of the squares, rounded once; no intermediate result overflows. */
export function hypot(values: readonly BigDecimal[], precision: number, budget: Budget): BigDecimal {
  const present = values.filter((value) => value.coefficient !== 0n);
  if (present.length === 0) return zero;
  const largest = present.reduce((size, value) => Math.max(size, adjustedExponent(value)), -Infinity);
  const longest = present.reduce((digits, value) => Math.max(digits, decimalDigits(value.coefficient)), 0);
  const negligible = negligibleDigits(precision, longest);
  const kept = present.filter((value) => adjustedExponent(value) >= largest - negligible);
  const exponent = kept.reduce((least, value) => Math.min(least, value.exponent), Infinity);
  const digits = largest - exponent + 1;
  budget.charge(decimalRootCost(precision) + kept.length * (4 + multiplicationCost(digits * 4, digits * 4)));
  let sum = 0n;
  for (const value of kept) {
    const scaled = value.coefficient * powerOfTen(value.exponent - exponent);
    sum += scaled * scaled;
  }
  budget.charge(longRootCost(sum));
  if (kept.length === present.length) return squareRootOf(sum, 1n, 2 * exponent, precision);
  // The omitted squares count as one unit in a place that is above their sum and below the last digit of the rest.
  const places = Math.max(2 * exponent - 2 * largest + 2 * negligible - 6, 1);
  return squareRootOf(sum * powerOfTen(places) + 1n, 1n, 2 * exponent - places, precision);
}
