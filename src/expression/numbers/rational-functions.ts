import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { factorialMax, rationalBitsMax } from '../limits.ts';
import { type RoundingRule, roundedInteger } from './big-decimal.ts';
import { multiplicationCost, powerOfTenCost, sortingCost } from './costs.ts';
import { exactRoot } from './exact-roots.ts';
import { bitLength, powerOfTen } from './integer-size.ts';
import {
  type Rational,
  addRationals,
  checkedRational,
  compareRationals,
  createRational,
  divideRationals,
  moduloOf,
  multiplyRationals,
  rationalTooBig,
  rationalZero,
  subtractRationals,
  wholeQuotientOf,
  wholeRational,
} from './rational.ts';
import {
  type WholeLimits,
  chooseOrdered,
  chooseUnordered,
  commonDivisor,
  commonMultiple,
  factorialOf,
  shiftLeft,
  shiftRight,
} from './whole-functions.ts';

type Values = readonly Rational[];
type RationalFunction = (values: Values, budget: Budget) => Rational;
type OfTwo = (x: Rational, y: Rational, budget: Budget) => Rational;

export const rationalLimits: WholeLimits = {
  bitsMax: rationalBitsMax,
  factorialMax: factorialMax.rational,
  refuse: rationalTooBig,
};

export function toWholeRational(x: Rational | undefined, name: string): bigint {
  const { numerator, denominator } = x ?? rationalZero;
  if (denominator !== 1n) fault('DOMAIN', `${name} takes integers only.`);
  return numerator;
}

export function rationalFactorial(x: Rational, budget: Budget): Rational {
  return wholeRational(factorialOf(toWholeRational(x, 'factorial'), rationalLimits, budget));
}

function minimum(values: Values, budget: Budget): Rational {
  return values.reduce((least, value) => (compareRationals(value, least, budget) < 0 ? value : least));
}

function maximum(values: Values, budget: Budget): Rational {
  return values.reduce((greatest, value) => (compareRationals(value, greatest, budget) > 0 ? value : greatest));
}

function sum(values: Values, budget: Budget): Rational {
  return values.reduce((total, value) => addRationals(total, value, budget), rationalZero);
}

function dividedBy(value: Rational, count: number, budget: Budget): Rational {
  return divideRationals(value, { numerator: BigInt(count), denominator: 1n }, budget);
}

function mean(values: Values, budget: Budget): Rational {
  return dividedBy(sum(values, budget), values.length, budget);
}

function median(values: Values, budget: Budget): Rational {
  budget.charge(sortingCost(values.length));
  const sorted = values.toSorted((a, b) => compareRationals(a, b, budget));
  const upper = sorted[sorted.length >> 1] ?? rationalZero;
  if (sorted.length % 2 === 1) return upper;
  return dividedBy(addRationals(sorted[(sorted.length >> 1) - 1] ?? rationalZero, upper, budget), 2, budget);
}

/** The sample variance. */
function variance(values: Values, budget: Budget): Rational {
  const center = mean(values, budget);
  const squares = values.map((value) => {
    const distance = subtractRationals(value, center, budget);
    return multiplyRationals(distance, distance, budget);
  });
  return dividedBy(sum(squares, budget), values.length - 1, budget);
}

function root(x: Rational, degree: bigint, budget: Budget): Rational {
  const [numerator, denominator] = exactRoot(x.numerator, x.denominator, degree, budget);
  return checkedRational(numerator, denominator);
}

function hypot(values: Values, budget: Budget): Rational {
  return root(
    sum(
      values.map((value) => multiplyRationals(value, value, budget)),
      budget,
    ),
    2n,
    budget,
  );
}

function clamp([x = rationalZero, low = rationalZero, high = rationalZero]: Values, budget: Budget): Rational {
  if (compareRationals(low, high, budget) > 0) fault('DOMAIN', 'The lower bound of clamp is above its upper bound.');
  if (compareRationals(x, low, budget) < 0) return low;
  return compareRationals(x, high, budget) > 0 ? high : x;
}

function roundWhole([x = rationalZero]: Values, rule: RoundingRule): Rational {
  return x.denominator === 1n ? x : { numerator: roundedInteger(x.numerator, x.denominator, rule), denominator: 1n };
}

/** Beyond, a rounded number is itself, 0, or too long in any case. */
const placesMax = 5_000n;

/** x to n decimal places. */
function roundToPlaces([x = rationalZero, n = rationalZero]: Values, rule: RoundingRule, budget: Budget): Rational {
  const places = toWholeRational(n, 'The number of decimal places of round');
  if (places === 0n) return roundWhole([x], rule);
  const within = places > placesMax ? placesMax : places < -placesMax ? -placesMax : places;
  const size = powerOfTen(Math.abs(Number(within)));
  budget.charge(
    powerOfTenCost(bitLength(size)) +
      2 * multiplicationCost(bitLength(size), bitLength(x.numerator) + bitLength(x.denominator)),
  );
  return within > 0n
    ? createRational(roundedInteger(x.numerator * size, x.denominator, rule), size, budget)
    : wholeRational(roundedInteger(x.numerator, x.denominator * size, rule) * size);
}

function wholeFunctions(): readonly (readonly [string, (values: readonly bigint[], budget: Budget) => bigint])[] {
  return [
    ['gcd', commonDivisor],
    ['lcm', (values, budget) => commonMultiple(values, rationalLimits, budget)],
    ['factorial', ([n = 0n], budget) => factorialOf(n, rationalLimits, budget)],
    ['comb', ([n = 0n, k = 0n], budget) => chooseUnordered(n, k, rationalLimits, budget)],
    ['perm', ([n = 0n, k = 0n], budget) => chooseOrdered(n, k, rationalLimits, budget)],
    ['bitand', ([a = 0n, b = 0n]) => a & b],
    ['bitor', ([a = 0n, b = 0n]) => a | b],
    ['bitxor', ([a = 0n, b = 0n]) => a ^ b],
    ['bitnot', ([a = 0n]) => ~a],
    ['shl', ([a = 0n, n = 0n]) => shiftLeft(a, n, rationalLimits)],
    ['shr', ([a = 0n, n = 0n]) => shiftRight(a, n)],
  ];
}

/** All functions of rational mode that return a number, by name. */
export function createRationalFunctions(power: OfTwo): ReadonlyMap<string, RationalFunction> {
  const functions = new Map<string, RationalFunction>([
    ['abs', ([x = rationalZero]) => (x.numerator < 0n ? { ...x, numerator: -x.numerator } : x)],
    [
      'sign',
      ([x = rationalZero]) => ({ numerator: x.numerator > 0n ? 1n : x.numerator < 0n ? -1n : 0n, denominator: 1n }),
    ],
    ['floor', (values) => roundWhole(values, 'floor')],
    ['ceil', (values) => roundWhole(values, 'ceil')],
    ['trunc', (values) => roundWhole(values, 'trunc')],
    ['round', (values, budget) => roundToPlaces(values, 'half-away', budget)],
    ['round_even', (values, budget) => roundToPlaces(values, 'half-even', budget)],
    ['div', ([a = rationalZero, b = rationalZero], budget) => wholeRational(wholeQuotientOf(a, b, budget))],
    ['mod', ([a = rationalZero, b = rationalZero], budget) => moduloOf(a, b, budget)],
    ['min', minimum],
    ['max', maximum],
    ['sum', sum],
    ['mean', mean],
    ['median', median],
    ['variance', variance],
    ['stddev', (values, budget) => root(variance(values, budget), 2n, budget)],
    ['clamp', clamp],
    ['sqrt', ([x = rationalZero], budget) => root(x, 2n, budget)],
    ['cbrt', ([x = rationalZero], budget) => root(x, 3n, budget)],
    ['nthroot', ([x = rationalZero, n], budget) => root(x, toWholeRational(n, 'The degree of nthroot'), budget)],
    ['pow', ([x = rationalZero, y = rationalZero], budget) => power(x, y, budget)],
    ['hypot', hypot],
  ]);
  for (const [name, compute] of wholeFunctions()) {
    functions.set(name, (values, budget) =>
      wholeRational(
        compute(
          values.map((value) => toWholeRational(value, name)),
          budget,
        ),
      ),
    );
  }
  return functions;
}
