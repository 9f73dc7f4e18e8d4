import type { Budget } from '../budget.ts';
import { divisionCost, linearCost, multiplicationCost, rootCost } from '../numbers/costs.ts';
import { integerSquareRoot } from '../numbers/integer-root.ts';
import { bitLength } from '../numbers/integer-size.ts';
import { mantissaBits, nearestDouble, partsOf } from './double-parts.ts';

/** Sums of doubles with integers: exact, however far apart the values are, and rounded once at the end. */

/** The arguments values[base, base + count) as integers, all times 2^exponent. */
interface Integers {
  readonly values: readonly bigint[];
  readonly exponent: number;
}

function integersOf(values: Float64Array, base: number, count: number, budget: Budget): Integers {
  let least = Infinity;
  let greatest = -Infinity;
  const parts = Array.from(values.subarray(base, base + count), (value) => {
    const part = partsOf(value);
    if (value !== 0) {
      least = Math.min(least, part.exponent);
      greatest = Math.max(greatest, part.exponent);
    }
    return part;
  });
  if (least === Infinity) least = greatest = 0;
  const bits = greatest - least + mantissaBits;
  budget.charge(count * (integerCost + linearCost(bits)));
  return {
    values: parts.map(({ mantissa, exponent }) => (mantissa === 0n ? 0n : mantissa << BigInt(exponent - least))),
    exponent: least,
  };
}

/** Taking a double apart, and adding it as an integer. */
const integerCost = 16;

function total(values: readonly bigint[]): bigint {
  return values.reduce((sum, value) => sum + value, 0n);
}

export function exactSum(values: Float64Array, base: number, count: number, budget: Budget): number {
  const { values: integers, exponent } = integersOf(values, base, count, budget);
  return nearestDouble(total(integers), exponent);
}

export function exactMean(values: Float64Array, base: number, count: number, budget: Budget): number {
  const { values: integers, exponent } = integersOf(values, base, count, budget);
  return nearestQuotient(total(integers), BigInt(count), exponent, budget);
}

/** numerator / denominator (> 0) × 2^exponent as the nearest double. */
export function nearestQuotient(numerator: bigint, denominator: bigint, exponent: number, budget: Budget): number {
  const [top, bottom] = [bitLength(numerator), bitLength(denominator)];
  // Two bits more than a double has, and one that shows whether anything follows.
  const shift = Math.max(mantissaBits + 2 + bottom - top, 0);
  budget.charge(divisionCost(top + shift, bottom));
  const scaled = (numerator < 0n ? -numerator : numerator) << BigInt(shift);
  const quotient = scaled / denominator;
  const following = quotient * denominator === scaled ? 0n : 1n;
  const size = nearestDouble((quotient << 1n) | following, exponent - shift - 1);
  return numerator < 0n ? -size : size;
}

/** The square root of numerator / denominator × 2^exponent as the nearest double. */
export function nearestRoot(numerator: bigint, denominator: bigint, exponent: number, budget: Budget): number {
  const missing = 2 * (mantissaBits + 2) + bitLength(denominator) - bitLength(numerator);
  const shift = Math.max(missing, 0) + ((((exponent - Math.max(missing, 0)) % 2) + 2) % 2);
  const scaled = numerator << BigInt(shift);
  const length = bitLength(scaled);
  budget.charge(rootCost(length, 2) + divisionCost(length, bitLength(denominator)));
  const root = integerSquareRoot(scaled / denominator);
  const following = root * root * denominator === scaled ? 0n : 1n;
  return nearestDouble((root << 1n) | following, (exponent - shift) / 2 - 1);
}

/** The sample variance as numerator / denominator × 2^exponent: (n Σx² - (Σx)²) / (n (n - 1)). */
interface Variance {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly exponent: number;
}

function exactVarianceOf(values: Float64Array, base: number, count: number, budget: Budget): Variance {
  const { values: integers, exponent } = integersOf(values, base, count, budget);
  const sum = total(integers);
  const squares = sumOfSquares(integers, budget);
  const size = BigInt(count);
  return { numerator: size * squares - sum * sum, denominator: size * (size - 1n), exponent: 2 * exponent };
}

function sumOfSquares(integers: readonly bigint[], budget: Budget): bigint {
  let squares = 0n;
  for (const value of integers) {
    const bits = bitLength(value);
    budget.charge(squareCost + multiplicationCost(bits, bits) + linearCost(2 * bits));
    squares += value * value;
  }
  return squares;
}

/** A square of a short integer, and the sum. */
const squareCost = 8;

export function exactVariance(values: Float64Array, base: number, count: number, budget: Budget): number {
  const { numerator, denominator, exponent } = exactVarianceOf(values, base, count, budget);
  return nearestQuotient(numerator, denominator, exponent, budget);
}

export function exactDeviation(values: Float64Array, base: number, count: number, budget: Budget): number {
  const { numerator, denominator, exponent } = exactVarianceOf(values, base, count, budget);
  return nearestRoot(numerator, denominator, exponent, budget);
}

export function exactHypot(values: Float64Array, base: number, count: number, budget: Budget): number {
  const { values: integers, exponent } = integersOf(values, base, count, budget);
  return nearestRoot(sumOfSquares(integers, budget), 1n, 2 * exponent, budget);
}
