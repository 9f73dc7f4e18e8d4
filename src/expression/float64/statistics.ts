import type { Budget } from '../budget.ts';
import { createDoubleDouble, divideBy, normalize, productError, squareRoot, sumError, add } from './double-double.ts';
import { binaryExponent, scaleByPowerOfTwo } from './double-parts.ts';
import { exactDeviation, exactHypot, exactMean, exactSum, exactVariance } from './exact-sum.ts';
import { rounded, roundedScaled } from './rounding.ts';

const total = createDoubleDouble();

/** Below, each quotient and rest of a mean is a normal double. */
const sizeMin = 1e-280;

/**
 * total = the sum of the values; returns how far it may be off, or 0 where it is exact.
 *
 * The rounding errors of the additions are doubles (Knuth), and are added up separately. The error of that sum is below
 * count × 2^-53 × the sum of their absolute values (Higham); twice as much covers the roundings of the bound itself. The
 * total is infinite or NaN where an intermediate sum is beyond the doubles.
 */
function sumWithError(values: Float64Array, base: number, count: number): number {
  let sum = values[base] as number;
  let errors = 0;
  let sizes = 0;
  for (let index = base + 1; index < base + count; index += 1) {
    const value = values[index] as number;
    const next = sum + value;
    const error = sumError(sum, value, next);
    errors += error;
    sizes += Math.abs(error);
    sum = next;
  }
  total.high = sum;
  total.low = errors;
  return sizes * count * 2.3e-16;
}

export function sum(values: Float64Array, base: number, count: number, budget: Budget): number {
  if (count < 3)
    return count === 1 ? (values[base] as number) : (values[base] as number) + (values[base + 1] as number);
  const error = sumWithError(values, base, count);
  const result = rounded(total.high, total.low, error);
  return result === result && result - result === 0 ? result : exactSum(values, base, count, budget);
}

export function mean(values: Float64Array, base: number, count: number, budget: Budget): number {
  if (count === 1) return values[base] as number;
  if (count === 2) return meanOfTwo(values[base] as number, values[base + 1] as number);
  const error = sumWithError(values, base, count);
  if (total.high === 0 && error === 0) return 0;
  const size = Math.abs(total.high);
  if (!(size > sizeMin && size < Infinity)) return exactMean(values, base, count, budget);
  normalize(total.high, total.low, total);
  divideBy(total, count, total);
  const result = rounded(total.high, total.low, error + Math.abs(total.high) * divisionError);
  return result === result ? result : exactMean(values, base, count, budget);
}

const divisionError = 2 ** -99;

/** A sum of subnormals is exact, and half of any other is; where the sum is too large, the halves are exact. */
export function meanOfTwo(a: number, b: number): number {
  const both = a + b;
  return both - both === 0 ? both / 2 : a / 2 + b / 2;
}

export function median(values: Float64Array, base: number, count: number, budget: Budget): number {
  budget.charge(count >> 2);
  const sorted = values.slice(base, base + count).sort();
  const upper = sorted[count >> 1] as number;
  return count % 2 === 1 ? upper : meanOfTwo(sorted[(count >> 1) - 1] as number, upper);
}

/** n Σx² - (Σx)² where all intermediate numbers are integers below 2^53, the usual case; else undefined. */
function integerVariance(values: Float64Array, base: number, count: number): number | undefined {
  let plain = 0;
  let squares = 0;
  for (let index = base; index < base + count; index += 1) {
    const value = values[index] as number;
    if (!Number.isInteger(value)) return undefined;
    plain += Math.abs(value);
    squares += value * value;
  }
  if (plain * plain > Number.MAX_SAFE_INTEGER || count * squares > Number.MAX_SAFE_INTEGER) return undefined;
  let signed = 0;
  for (let index = base; index < base + count; index += 1) signed += values[index] as number;
  return count * squares - signed * signed;
}

export function variance(values: Float64Array, base: number, count: number, budget: Budget): number {
  const numerator = integerVariance(values, base, count);
  return numerator === undefined ? exactVariance(values, base, count, budget) : numerator / (count * (count - 1));
}

/** A quotient of integers below 2^53, of twice the precision, and its root. */
const rootError = 2 ** -98;

export function deviation(values: Float64Array, base: number, count: number, budget: Budget): number {
  const numerator = integerVariance(values, base, count);
  if (numerator === undefined) return exactDeviation(values, base, count, budget);
  total.high = numerator;
  total.low = 0;
  divideBy(total, count * (count - 1), total);
  squareRoot(total, total);
  const result = rounded(total.high, total.low, rootError * total.high);
  return result === result ? result : exactDeviation(values, base, count, budget);
}

const square = createDoubleDouble();

/** Each square and sum is off by less than 2^-103 of the sum so far, and the root by half as much and 2^-102. */
const squareError = 2 ** -102;

/** The square root of the sum of the squares of the values, scaled so that the largest is from 1 to 2. */
export function hypot(values: Float64Array, base: number, count: number, budget: Budget): number {
  let largest = 0;
  for (let index = base; index < base + count; index += 1)
    largest = Math.max(largest, Math.abs(values[index] as number));
  if (largest === 0) return 0;
  const exponent = binaryExponent(largest);
  total.high = 0;
  total.low = 0;
  for (let index = base; index < base + count; index += 1) {
    const value = scaleByPowerOfTwo(values[index] as number, -exponent);
    square.high = value * value;
    square.low = productError(value, value, square.high);
    add(total, square, total);
  }
  squareRoot(total, total);
  const result = roundedScaled(total.high, total.low, (count + 2) * squareError * total.high, exponent);
  return result === result ? result : exactHypot(values, base, count, budget);
}
