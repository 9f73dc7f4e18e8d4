import type { Arithmetic } from '../arithmetic.ts';
import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { divisionByZero } from './big-decimal.ts';
import { parseLiteral } from './decimal-text.ts';
import { exactRoot } from './exact-roots.ts';
import {
  type Rational,
  addRationals,
  checkedRational,
  compareRationals,
  divideRationals,
  moduloOf,
  multiplyRationals,
  negateRational,
  rationalOfLiteral,
  rationalText,
  remainderOf,
  subtractRationals,
  wholeRational,
} from './rational.ts';
import { createRationalFunctions, rationalFactorial, rationalLimits, toWholeRational } from './rational-functions.ts';
import { primeTest, wholePower } from './whole-functions.ts';

/** x^y, with 0^0 = 1; for a fraction y, the exact root or INEXACT. */
function rationalPower(x: Rational, y: Rational, budget: Budget): Rational {
  if (y.denominator !== 1n && x.numerator < 0n) {
    fault('DOMAIN', 'A negative number has no real power with a fraction; for roots use cbrt(x) or nthroot(x, n).');
  }
  if (y.numerator < 0n && x.numerator === 0n) divisionByZero();
  const [numerator, denominator] =
    y.denominator === 1n ? [x.numerator, x.denominator] : exactRoot(x.numerator, x.denominator, y.denominator, budget);
  const count = y.numerator < 0n ? -y.numerator : y.numerator;
  const above = wholePower(numerator, count, rationalLimits, budget);
  const below = wholePower(denominator, count, rationalLimits, budget);
  if (y.numerator >= 0n) return checkedRational(above, below);
  return above < 0n ? checkedRational(-below, -above) : checkedRational(below, above);
}

/** Exact fractions: every operation gives the exact result, or INEXACT where that is irrational. */
export function createRationalArithmetic(): Arithmetic<Rational> {
  return {
    parseLiteral: (digits, budget) => rationalOfLiteral(parseLiteral(digits), budget),
    fromInteger: wholeRational,
    add: addRationals,
    subtract: subtractRationals,
    multiply: multiplyRationals,
    divide: divideRationals,
    remainder: remainderOf,
    modulo: moduloOf,
    power: rationalPower,
    negate: negateRational,
    factorial: rationalFactorial,
    compare: compareRationals,
    constants: new Map(),
    functions: createRationalFunctions(rationalPower),
    predicates: new Map([['isprime', ([x], budget) => primeTest(toWholeRational(x, 'isprime'), budget)]]),
    write: (value, output) => output.writeAscii(rationalText(value)),
  };
}
