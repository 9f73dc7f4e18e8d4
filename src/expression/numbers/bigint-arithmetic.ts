import type { Arithmetic } from '../arithmetic.ts';
import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { bigintBitsMax, factorialMax } from '../limits.ts';
import { divisionByZero, type RoundingRule, roundedInteger } from './big-decimal.ts';
import { divisionCost, linearCost, multiplicationCost, powerOfTenCost, sortingCost } from './costs.ts';
import { parseLiteral } from './decimal-text.ts';
import { exactRoot } from './exact-roots.ts';
import { log2Of10 } from './fixed-point.ts';
import { absolute, bitLength, powerOfTen } from './integer-size.ts';
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
  tooBig,
  wholePower,
} from './whole-functions.ts';

type Values = readonly bigint[];
type BigintFunction = (values: Values, budget: Budget) => bigint;

const limits: WholeLimits = {
  bitsMax: bigintBitsMax,
  factorialMax: factorialMax.bigint,
  refuse: () => tooBig(`${bigintBitsMax} bits, the limit of bigint mode`),
};

const bound = 1n << BigInt(bigintBitsMax);
const shortMax = 1n << 64n;

function isShort(value: bigint): boolean {
  return value < shortMax && value > -shortMax;
}

function checked(value: bigint): bigint {
  return isShort(value) || (value < bound && -value < bound) ? value : limits.refuse();
}

function add(a: bigint, b: bigint, budget: Budget): bigint {
  const sum = a + b;
  if (isShort(sum)) return sum;
  budget.charge(linearCost(bitLength(sum)));
  return checked(sum);
}

function multiply(a: bigint, b: bigint, budget: Budget): bigint {
  if (isShort(a) && isShort(b)) return a * b;
  const [aBits, bBits] = [bitLength(a), bitLength(b)];
  // The product has as many bits as both together, or one less.
  if (aBits + bBits - 1 > bigintBitsMax) limits.refuse();
  budget.charge(multiplicationCost(aBits, bBits));
  return checked(a * b);
}

function chargeDivision(a: bigint, b: bigint, budget: Budget): void {
  if (b === 0n) divisionByZero();
  if (isShort(a)) return;
  const [aBits, bBits] = [bitLength(a), bitLength(b)];
  budget.charge(divisionCost(aBits, bBits));
}

function quotient(a: bigint, b: bigint, budget: Budget): bigint {
  chargeDivision(a, b, budget);
  return a / b;
}

function remainder(a: bigint, b: bigint, budget: Budget): bigint {
  chargeDivision(a, b, budget);
  return a % b;
}

function modulo(a: bigint, b: bigint, budget: Budget): bigint {
  const rest = remainder(a, b, budget);
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
}

function inexact(): never {
  fault('INEXACT', 'The exact result is not an integer; use rational or decimal mode.');
}

function divide(a: bigint, b: bigint, budget: Budget): bigint {
  chargeDivision(a, b, budget);
  const result = a / b;
  if (result * b !== a) {
    fault('INEXACT', 'The division leaves a remainder; use div(a, b) for the integer quotient, or rational mode.');
  }
  return result;
}

/** x^y, with 0^0 = 1. */
function power(x: bigint, y: bigint, budget: Budget): bigint {
  if (y >= 0n) return wholePower(x, y, limits, budget);
  if (x === 0n) divisionByZero();
  if (x === 1n || x === -1n) return wholePower(x, -y, limits, budget);
  return inexact();
}

function root(x: bigint, degree: bigint, budget: Budget): bigint {
  const [numerator, denominator] = exactRoot(x, 1n, degree, budget);
  return denominator === 1n ? numerator : denominator === -1n ? -numerator : inexact();
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sum(values: Values, budget: Budget): bigint {
  return values.reduce((total, value) => add(total, value, budget), 0n);
}

function exactQuotient(a: bigint, b: bigint, budget: Budget): bigint {
  chargeDivision(a, b, budget);
  return a % b === 0n ? a / b : inexact();
}

function median(values: Values, budget: Budget): bigint {
  budget.charge(sortingCost(values.length));
  const sorted = values.toSorted(compare);
  const upper = sorted[sorted.length >> 1] ?? 0n;
  if (sorted.length % 2 === 1) return upper;
  return exactQuotient(add(sorted[(sorted.length >> 1) - 1] ?? 0n, upper, budget), 2n, budget);
}

function clamp([x = 0n, low = 0n, high = 0n]: Values): bigint {
  if (low > high) fault('DOMAIN', 'The lower bound of clamp is above its upper bound.');
  return x < low ? low : x > high ? high : x;
}

/** x itself, or to tens, hundreds and so on for n below 0. */
function round([x = 0n, n = 0n]: Values, rule: RoundingRule, budget: Budget): bigint {
  if (n >= 0n) return x;
  // More places than any number has digits: 0.
  if (-n > bigintBitsMax) return 0n;
  const places = Number(-n);
  const bits = Math.ceil(places * log2Of10);
  if (bits > bitLength(x) + 8) return 0n;
  budget.charge(powerOfTenCost(bits) + 3 * multiplicationCost(bits, bits));
  const size = powerOfTen(places);
  return checked(roundedInteger(x, size, rule) * size);
}

function readLiteral(digits: string, budget: Budget): bigint {
  const { coefficient, exponent } = parseLiteral(digits);
  if (coefficient === 0n) return 0n;
  if (exponent >= 0) {
    const bits = Math.ceil(exponent * log2Of10);
    if (bits > bigintBitsMax) limits.refuse();
    budget.charge(powerOfTenCost(bits) + multiplicationCost(bits, bitLength(coefficient)));
    return checked(coefficient * powerOfTen(exponent));
  }
  // No number as written has that many zeros at its end.
  const unit = exponent < -fractionDigitsMax ? 0n : powerOfTen(-exponent);
  if (unit === 0n || coefficient % unit !== 0n) {
    fault('TYPE', 'bigint mode has integers only; use decimal or rational mode for fractions.');
  }
  return coefficient / unit;
}

const fractionDigitsMax = 1_200;

const itself: BigintFunction = ([x = 0n]) => x;

function createBigintFunctions(): ReadonlyMap<string, BigintFunction> {
  return new Map<string, BigintFunction>([
    ['abs', ([x = 0n]) => absolute(x)],
    ['sign', ([x = 0n]) => (x > 0n ? 1n : x < 0n ? -1n : 0n)],
    ['floor', itself],
    ['ceil', itself],
    ['trunc', itself],
    ['round', (values, budget) => round(values, 'half-away', budget)],
    ['round_even', (values, budget) => round(values, 'half-even', budget)],
    ['div', ([a = 0n, b = 0n], budget) => quotient(a, b, budget)],
    ['mod', ([a = 0n, b = 0n], budget) => modulo(a, b, budget)],
    ['min', (values) => values.reduce((least, value) => (value < least ? value : least))],
    ['max', (values) => values.reduce((greatest, value) => (value > greatest ? value : greatest))],
    ['sum', sum],
    ['mean', (values, budget) => exactQuotient(sum(values, budget), BigInt(values.length), budget)],
    ['median', median],
    ['clamp', clamp],
    ['sqrt', ([x = 0n], budget) => root(x, 2n, budget)],
    ['cbrt', ([x = 0n], budget) => root(x, 3n, budget)],
    ['nthroot', ([x = 0n, n = 0n], budget) => root(x, n, budget)],
    ['pow', ([x = 0n, y = 0n], budget) => power(x, y, budget)],
    ['gcd', commonDivisor],
    ['lcm', (values, budget) => checked(commonMultiple(values, limits, budget))],
    ['factorial', ([n = 0n], budget) => checked(factorialOf(n, limits, budget))],
    ['comb', ([n = 0n, k = 0n], budget) => checked(chooseUnordered(n, k, limits, budget))],
    ['perm', ([n = 0n, k = 0n], budget) => checked(chooseOrdered(n, k, limits, budget))],
    ['bitand', ([a = 0n, b = 0n]) => checked(a & b)],
    ['bitor', ([a = 0n, b = 0n]) => checked(a | b)],
    ['bitxor', ([a = 0n, b = 0n]) => checked(a ^ b)],
    ['bitnot', ([a = 0n]) => checked(~a)],
    ['shl', ([a = 0n, n = 0n]) => checked(shiftLeft(a, n, limits))],
    ['shr', ([a = 0n, n = 0n]) => shiftRight(a, n)],
  ]);
}

/** Integers of any size up to the limit: every operation is exact, or INEXACT where the result is not whole. */
export function createBigintArithmetic(): Arithmetic<bigint> {
  return {
    parseLiteral: readLiteral,
    fromInteger: checked,
    add,
    subtract: (a, b, budget) => add(a, -b, budget),
    multiply,
    divide,
    remainder,
    modulo,
    power,
    negate: (a) => -a,
    factorial: (n, budget) => checked(factorialOf(n, limits, budget)),
    compare,
    constants: new Map(),
    functions: createBigintFunctions(),
    predicates: new Map([['isprime', ([n = 0n], budget) => primeTest(n, budget)]]),
    write: (value, output) => output.writeAscii(value.toString()),
  };
}
