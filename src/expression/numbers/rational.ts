import type { Budget } from '../budget.ts';
import { rationalBitsMax } from '../limits.ts';
import { divisionByZero } from './big-decimal.ts';
import { greatestCommonDivisor } from './common-divisor.ts';
import { commonDivisorCost, linearCost, multiplicationCost, powerOfTenCost } from './costs.ts';
import { log2Of10 } from './fixed-point.ts';
import { bitLength, powerOfTen } from './integer-size.ts';
import type { ParsedLiteral } from './decimal-text.ts';
import { tooBig } from './whole-functions.ts';

/** numerator / denominator, reduced; the denominator is above 0. Each side has at most `rationalBitsMax` bits. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const rationalZero: Rational = Object.freeze({ numerator: 0n, denominator: 1n });

const bound = 1n << BigInt(rationalBitsMax);

/** For a fraction that is reduced already. */
export function checkedRational(numerator: bigint, denominator: bigint): Rational {
  if (numerator >= bound || -numerator >= bound || denominator >= bound) rationalTooBig();
  return { numerator, denominator };
}

export function rationalTooBig(): never {
  tooBig(`${rationalBitsMax} bits above or below the fraction bar, the limit of rational mode`);
}

export function wholeRational(value: bigint): Rational {
  return checkedRational(value, 1n);
}

/** Up to here the fixed units of an operator cover the work. */
const shortMax = 1n << 64n;

function isShort({ numerator, denominator }: Rational): boolean {
  return numerator < shortMax && numerator > -shortMax && denominator < shortMax;
}

/** Bits of the longer side. */
function sizeOf({ numerator, denominator }: Rational): number {
  return Math.max(bitLength(numerator), bitLength(denominator));
}

/** Charges for `products` products and `divisors` common divisors of numbers of the size of a and b. */
function chargeFor(a: Rational, b: Rational, products: number, divisors: number, budget: Budget): void {
  if (isShort(a) && isShort(b)) return;
  const [aBits, bBits] = [sizeOf(a), sizeOf(b)];
  budget.charge(
    products * multiplicationCost(aBits, bBits) +
      divisors * commonDivisorCost(aBits, bBits) +
      linearCost(aBits + bBits),
  );
}

/** numerator / denominator, reduced, with the sign above the bar. */
export function createRational(numerator: bigint, denominator: bigint, budget: Budget): Rational {
  if (denominator === 0n) divisionByZero();
  if (denominator === 1n) return checkedRational(numerator, 1n);
  if (numerator >= shortMax || -numerator >= shortMax || denominator >= shortMax || -denominator >= shortMax) {
    budget.charge(commonDivisorCost(bitLength(numerator), bitLength(denominator)));
  }
  const divisor = greatestCommonDivisor(numerator, denominator);
  const signed = denominator < 0n ? -divisor : divisor;
  return checkedRational(numerator / signed, denominator / signed);
}

export function negateRational({ numerator, denominator }: Rational): Rational {
  return { numerator: -numerator, denominator };
}

export function addRationals(a: Rational, b: Rational, budget: Budget): Rational {
  if (a.denominator === 1n && b.denominator === 1n) return checkedRational(a.numerator + b.numerator, 1n);
  // Knuth 4.5.1: with the common divisor of the denominators taken out first, the numbers stay short.
  chargeFor(a, b, 3, 2, budget);
  const common = greatestCommonDivisor(a.denominator, b.denominator);
  if (common === 1n) {
    return checkedRational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
  }
  const rest = a.denominator / common;
  const sum = a.numerator * (b.denominator / common) + b.numerator * rest;
  const divisor = greatestCommonDivisor(sum, common);
  return checkedRational(sum / divisor, rest * (b.denominator / divisor));
}

export function subtractRationals(a: Rational, b: Rational, budget: Budget): Rational {
  return addRationals(a, negateRational(b), budget);
}

export function multiplyRationals(a: Rational, b: Rational, budget: Budget): Rational {
  if (a.denominator === 1n && b.denominator === 1n) {
    chargeFor(a, b, 1, 0, budget);
    return checkedRational(a.numerator * b.numerator, 1n);
  }
  chargeFor(a, b, 2, 2, budget);
  const first = greatestCommonDivisor(a.numerator, b.denominator);
  const second = greatestCommonDivisor(b.numerator, a.denominator);
  return checkedRational(
    (a.numerator / first) * (b.numerator / second),
    (a.denominator / second) * (b.denominator / first),
  );
}

/** 1 / a. */
function invertRational({ numerator, denominator }: Rational): Rational {
  if (numerator === 0n) divisionByZero();
  return numerator < 0n
    ? { numerator: -denominator, denominator: -numerator }
    : { numerator: denominator, denominator: numerator };
}

export function divideRationals(a: Rational, b: Rational, budget: Budget): Rational {
  return multiplyRationals(a, invertRational(b), budget);
}

/** a / b without its fraction. */
export function wholeQuotientOf(a: Rational, b: Rational, budget: Budget): bigint {
  if (b.numerator === 0n) divisionByZero();
  chargeFor(a, b, 6, 0, budget);
  return (a.numerator * b.denominator) / (b.numerator * a.denominator);
}

/** Has the sign of a. */
export function remainderOf(a: Rational, b: Rational, budget: Budget): Rational {
  if (b.numerator === 0n) divisionByZero();
  chargeFor(a, b, 7, 0, budget);
  const rest = (a.numerator * b.denominator) % (b.numerator * a.denominator);
  return createRational(rest, a.denominator * b.denominator, budget);
}

/** Has the sign of b. */
export function moduloOf(a: Rational, b: Rational, budget: Budget): Rational {
  const rest = remainderOf(a, b, budget);
  return rest.numerator !== 0n && rest.numerator < 0n !== b.numerator < 0n ? addRationals(rest, b, budget) : rest;
}

export function compareRationals(a: Rational, b: Rational, budget: Budget): number {
  if (a.denominator !== b.denominator) chargeFor(a, b, 2, 0, budget);
  const [first, second] =
    a.denominator === b.denominator
      ? [a.numerator, b.numerator]
      : [a.numerator * b.denominator, b.numerator * a.denominator];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** No digits of a literal can make up for a power of ten with more digits than that: they are fewer, and so is the limit. */
const literalExponentMax = 4_000;

export function rationalOfLiteral({ coefficient, exponent }: ParsedLiteral, budget: Budget): Rational {
  if (coefficient === 0n) return rationalZero;
  if (Math.abs(exponent) > literalExponentMax) rationalTooBig();
  budget.charge(powerOfTenCost(Math.ceil(Math.abs(exponent) * log2Of10)));
  return exponent >= 0
    ? checkedRational(coefficient * powerOfTen(exponent), 1n)
    : createRational(coefficient, powerOfTen(-exponent), budget);
}

/** `7/4`, or `2` if whole. */
export function rationalText({ numerator, denominator }: Rational): string {
  return denominator === 1n ? numerator.toString() : `${numerator}/${denominator}`;
}
