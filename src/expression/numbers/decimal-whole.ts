import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { decimalExponentMax, factorialMax } from '../limits.ts';
import {
  type BigDecimal,
  type RoundingRule,
  adjustedExponent,
  createDecimal,
  isInteger,
  isKnownInteger,
  longerIntegers,
  overflow,
  roundToPlaces,
  signOf,
  zero,
} from './big-decimal.ts';
import { powerOfTenCost, roundingCost } from './costs.ts';
import { log2Of10 } from './fixed-point.ts';
import { bitLength, powerOfTen } from './integer-size.ts';
import {
  type WholeLimits,
  chooseOrdered,
  chooseUnordered,
  commonDivisor,
  commonMultiple,
  factorialOf,
  primeTest,
  shiftLeft,
  shiftRight,
} from './whole-functions.ts';

/** A result of so many bits is beyond the range of exponents. */
const resultBitsMax = Math.ceil((decimalExponentMax + 1) * log2Of10);

const limits: WholeLimits = { bitsMax: resultBitsMax, factorialMax: factorialMax.decimal, refuse: overflow };

type Values = readonly BigDecimal[];

/** x as an integer. Results of more digits than the precision are rejected: they are multiples of a power of ten, by rounding. */
function toWhole(x: BigDecimal, name: string, precision: number, budget: Budget): bigint {
  if (!isInteger(x)) fault('DOMAIN', `${name} takes integers only.`);
  if (x.coefficient === 0n) return 0n;
  if (!isKnownInteger(x, precision)) {
    fault(
      'RANGE',
      `${name} needs an exact integer, but results are rounded to ${precision} digits; ${longerIntegers}.`,
    );
  }
  if (adjustedExponent(x) > decimalExponentMax) {
    fault('RANGE', `${name} takes integers of up to ${decimalExponentMax + 1} digits.`);
  }
  budget.charge(powerOfTenCost(Math.abs(x.exponent) * log2Of10));
  return x.exponent >= 0 ? x.coefficient * powerOfTen(x.exponent) : x.coefficient / powerOfTen(-x.exponent);
}

function fromWhole(value: bigint, precision: number, budget: Budget): BigDecimal {
  budget.charge(roundingCost(bitLength(value)));
  return createDecimal(value, 0, precision);
}

function wholeFunction(
  name: string,
  precision: number,
  compute: (values: readonly bigint[], budget: Budget) => bigint,
): [string, (values: Values, budget: Budget) => BigDecimal] {
  return [
    name,
    (values, budget) => {
      const whole = values.map((value) => toWhole(value, name, precision, budget));
      return fromWhole(compute(whole, budget), precision, budget);
    },
  ];
}

export function decimalFactorial(x: BigDecimal, precision: number, budget: Budget): BigDecimal {
  return fromWhole(factorialOf(toWhole(x, 'factorial', precision, budget), limits, budget), precision, budget);
}

/** The functions of integers, by name. */
export function wholeDecimalFunctions(
  precision: number,
): (readonly [string, (values: Values, budget: Budget) => BigDecimal])[] {
  const whole = (name: string, compute: (values: readonly bigint[], budget: Budget) => bigint) =>
    wholeFunction(name, precision, compute);
  return [
    whole('gcd', (values, budget) => commonDivisor(values, budget)),
    whole('lcm', (values, budget) => commonMultiple(values, limits, budget)),
    whole('factorial', ([n = 0n], budget) => factorialOf(n, limits, budget)),
    whole('comb', ([n = 0n, k = 0n], budget) => chooseUnordered(n, k, limits, budget)),
    whole('perm', ([n = 0n, k = 0n], budget) => chooseOrdered(n, k, limits, budget)),
    whole('bitand', ([a = 0n, b = 0n]) => a & b),
    whole('bitor', ([a = 0n, b = 0n]) => a | b),
    whole('bitxor', ([a = 0n, b = 0n]) => a ^ b),
    whole('bitnot', ([a = 0n]) => ~a),
    whole('shl', ([a = 0n, n = 0n]) => shiftLeft(a, n, limits)),
    whole('shr', ([a = 0n, n = 0n]) => shiftRight(a, n)),
  ];
}

export function isPrimeDecimal([x = zero]: Values, precision: number, budget: Budget): boolean {
  return primeTest(toWhole(x, 'isprime', precision, budget), budget);
}

/** x to n places. */
export function roundDecimal([x = zero, n = zero]: Values, rule: RoundingRule, precision: number): BigDecimal {
  if (!isInteger(n)) fault('DOMAIN', 'The number of decimal places must be an integer.');
  return roundToPlaces(x, placesOf(n), rule, precision);
}

/** Any number of places beyond the range of exponents, of literals too, does the same. */
const placesMax = 1_100_000;

function placesOf(n: BigDecimal): number {
  if (n.coefficient !== 0n && adjustedExponent(n) > 7) return n.coefficient < 0n ? -placesMax : placesMax;
  const unit = powerOfTen(Math.abs(n.exponent));
  const places = Number(n.exponent < 0 ? n.coefficient / unit : n.coefficient * unit);
  return Math.max(-placesMax, Math.min(places, placesMax));
}

export function sign(x: BigDecimal): BigDecimal {
  return { coefficient: BigInt(signOf(x)), exponent: 0 };
}
