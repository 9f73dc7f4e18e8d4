import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { type BigDecimal, compare, createDecimal, divideIntegers, roundToPrecision, zero } from './big-decimal.ts';
import { decimalRootCost, linearCost, multiplicationCost, powerOfTenCost, roundingCost, sortingCost } from './costs.ts';
import { squareRootOf } from './decimal-power.ts';
import { exactSum } from './exact-sum.ts';
import { bitLength, powerOfTen } from './integer-size.ts';
import { log2Of10 } from './fixed-point.ts';

type Values = readonly BigDecimal[];

export function minimum(values: Values, precision: number): BigDecimal {
  const least = values.reduce((best, value) => (compare(value, best) < 0 ? value : best));
  return roundToPrecision(least, precision);
}

export function maximum(values: Values, precision: number): BigDecimal {
  const greatest = values.reduce((best, value) => (compare(value, best) > 0 ? value : best));
  return roundToPrecision(greatest, precision);
}

export function sum(values: Values, precision: number, budget: Budget): BigDecimal {
  const { coefficient, exponent } = exactSum(values, precision, budget);
  return createDecimal(coefficient, exponent, precision);
}

export function mean(values: Values, precision: number, budget: Budget): BigDecimal {
  const { coefficient, exponent } = exactSum(values, precision, budget);
  return divideIntegers(coefficient, BigInt(values.length), exponent, precision);
}

export function median(values: Values, precision: number, budget: Budget): BigDecimal {
  budget.charge(sortingCost(values.length));
  const sorted = values.toSorted(compare);
  const upper = sorted[sorted.length >> 1] ?? zero;
  if (sorted.length % 2 === 1) return roundToPrecision(upper, precision);
  const lower = sorted[(sorted.length >> 1) - 1] ?? zero;
  return mean([lower, upper], precision, budget);
}

export function clamp([x = zero, low = zero, high = zero]: Values, precision: number): BigDecimal {
  if (compare(low, high) > 0) fault('DOMAIN', 'The lower bound of clamp is above its upper bound.');
  return roundToPrecision(compare(x, low) < 0 ? low : compare(x, high) > 0 ? high : x, precision);
}

interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly exponent: number;
}

/** The sample variance, (n Σx² - (Σx)²) / (n (n - 1)), exactly. */
function exactVariance(values: Values, budget: Budget): Fraction {
  const present = values.filter((value) => value.coefficient !== 0n);
  const exponent = present.reduce((least, value) => Math.min(least, value.exponent), Infinity);
  if (exponent === Infinity) return { numerator: 0n, denominator: 1n, exponent: 0 };
  let total = 0n;
  let squares = 0n;
  for (const value of present) {
    const places = value.exponent - exponent;
    const bits = Math.ceil(places * log2Of10) + bitLength(value.coefficient);
    budget.charge(2 * multiplicationCost(bits, bits) + linearCost(2 * bits) + powerOfTenCost(bits));
    const scaled = value.coefficient * powerOfTen(places);
    total += scaled;
    squares += scaled * scaled;
  }
  const size = BigInt(values.length);
  const totalBits = bitLength(total);
  budget.charge(multiplicationCost(totalBits, totalBits) + 2 * linearCost(bitLength(squares)));
  return { numerator: size * squares - total * total, denominator: size * (size - 1n), exponent: 2 * exponent };
}

export function variance(values: Values, precision: number, budget: Budget): BigDecimal {
  const { numerator, denominator, exponent } = exactVariance(values, budget);
  budget.charge(roundingCost(bitLength(numerator)));
  return divideIntegers(numerator, denominator, exponent, precision);
}

export function standardDeviation(values: Values, precision: number, budget: Budget): BigDecimal {
  const { numerator, denominator, exponent } = exactVariance(values, budget);
  budget.charge(decimalRootCost(precision) + 4 * multiplicationCost(bitLength(numerator), bitLength(numerator)));
  return squareRootOf(numerator, denominator, exponent, precision);
}
