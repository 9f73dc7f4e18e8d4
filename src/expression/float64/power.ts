import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { wholePowerCost } from '../numbers/costs.ts';
import { integerSquareRoot } from '../numbers/integer-root.ts';
import { addDouble, createDoubleDouble, type DoubleDouble, divideBy, multiplyBy } from './double-double.ts';
import { nearestDouble, oddParts } from './double-parts.ts';
import { exactRealPower, exactRoot } from './exact-functions.ts';
import { expKernel } from './exponential.ts';
import { lnKernel } from './logarithm.ts';
import { roundedScaled } from './rounding.ts';

/** x^y, with 0^0 = 1. */
export function power(x: number, y: number, budget: Budget): number {
  if (y === 0) return 1;
  if (y === 1) return x;
  if (x === 0) return powerOfZero(x, y);
  if (x < 0 && !Number.isInteger(y)) {
    fault('DOMAIN', 'A negative number has no real power with a fraction; for roots use cbrt(x) or nthroot(x, n).');
  }
  const size = positivePower(Math.abs(x), y, budget);
  return x < 0 && isOdd(y) ? -size : size;
}

function powerOfZero(x: number, y: number): number {
  if (y < 0) fault('DIV0', 'Zero to a negative power is a division by zero.');
  return isOdd(y) ? x : 0;
}

/** Whether a double is an odd integer. */
function isOdd(y: number): boolean {
  return Math.abs(y % 2) === 1;
}

function positivePower(x: number, y: number, budget: Budget): number {
  if (x === 1) return 1;
  if (y === 2) return x * x;
  if (y === -1) return 1 / x;
  if (y === 0.5) return Math.sqrt(x);
  return smallPower(x, y) ?? realPower(x, y, budget);
}

/** The power by plain products where all of them are exact: the usual case. */
function smallPower(x: number, n: number): number | undefined {
  if (n < 0 || n > 64 || !Number.isInteger(n) || !Number.isInteger(x)) return undefined;
  let result = x;
  for (let count = 1; count < n; count += 1) {
    result *= x;
    if (result > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return result;
}

/** Beyond 2^65, x^y is out of range for any x but 1, whose logarithm is at least 2^-53; below 2^-65, it is 1. */
const exponentSizeMax = 36_893_488_147_419_103_232;
const exponentSizeMin = 1 / exponentSizeMax;
/** Beyond, e^x is above the largest double or below half of the least. */
const argumentMax = 746;

const argument = createDoubleDouble();
const q = createDoubleDouble();

/** x^y = e^(y ln x) for x > 0 other than 1. */
function realPower(x: number, y: number, budget: Budget): number {
  const size = Math.abs(y);
  if (size < exponentSizeMin) return 1;
  if (size > exponentSizeMax) return x > 1 === y > 0 ? Infinity : 0;
  lnKernel(x, argument);
  multiplyBy(argument, y, argument);
  if (Math.abs(argument.high) > argumentMax) return argument.high > 0 ? Infinity : 0;
  const result = roundedExponential(argument);
  return result === result ? result : exactPower(x, y, budget);
}

/** The error of a logarithm, multiplied by a double, as a part of it; and that of the exponential. */
const logarithmError = 2 ** -74;
const exponentialError = 2 ** -76;

/** e^x for an x that is off by less than 2^-74 of it, or NaN. The error of x is one of e^x as a part of it, which is below 2 × 2^power. */
function roundedExponential(x: DoubleDouble): number {
  const error = 2 * logarithmError * Math.abs(x.high) + exponentialError;
  const power = expKernel(x.high, x.low, q);
  addDouble(q, 1, q);
  return roundedScaled(q.high, q.low, error, power);
}

/** A power of more bits is no half between two doubles, nor a double. */
const dyadicBitsMax = 54;

/** x^y, multiplied out where it is a double or a half between two: else the loop of ever more bits would not end. */
function exactPower(x: number, y: number, budget: Budget): number {
  return dyadicPower(x, y, budget) ?? exactRealPower(x, y, budget);
}

/**
 * x^y for x = m × 2^e and y = n × 2^-j with m and n odd, where it is an integer times a power of two: for that, m and 2^e
 * must be powers of 2^j, and m is 1 or n positive.
 */
function dyadicPower(x: number, y: number, budget: Budget): number | undefined {
  let { mantissa, exponent } = oddParts(x);
  const degree = oddParts(y);
  budget.charge(wholePowerCost(dyadicBitsMax) + dyadicCost);
  for (let halvings = -degree.exponent; halvings > 0; halvings -= 1) {
    const root = integerSquareRoot(mantissa);
    if (exponent % 2 !== 0 || root * root !== mantissa) return undefined;
    mantissa = root;
    exponent /= 2;
  }
  const n = Number(degree.mantissa << BigInt(Math.max(degree.exponent, 0)));
  if (mantissa === 1n) return nearestDouble(1n, exponent * n);
  if (n < 0 || n > dyadicBitsMax) return undefined;
  return nearestDouble(mantissa ** BigInt(n), exponent * n);
}

/** A few square roots of numbers of up to 53 bits. */
const dyadicCost = 40;

/** The n-th root of x for an integer n other than 0. */
export function nthRoot(x: number, n: number, budget: Budget): number {
  if (!Number.isInteger(n) || n === 0) fault('DOMAIN', 'The n of nthroot(x, n) must be an integer other than 0.');
  if (x === 0 && n < 0) fault('DIV0', 'A negative root of zero is a division by zero.');
  if (x < 0 && !isOdd(n)) fault('DOMAIN', 'A negative number has no real root of an even degree.');
  const size = positiveRoot(Math.abs(x), n, budget);
  return x < 0 ? -size : size;
}

/** A root is never a half between two doubles: its power would have more than 53 bits. Roots that are doubles are decided. */
function positiveRoot(x: number, n: number, budget: Budget): number {
  if (n === 2) return Math.sqrt(x);
  if (n === 1 || x === 0 || x === 1) return x;
  if (n === -1) return 1 / x;
  if (Math.abs(n) > exponentSizeMax) return 1;
  lnKernel(x, argument);
  divideBy(argument, n, argument);
  const result = roundedExponential(argument);
  return result === result ? result : exactRoot(x, n, budget);
}

/** The cube root, with the sign of x. */
export function cbrt(x: number, budget: Budget): number {
  if (x === 0) return x;
  const size = positiveRoot(Math.abs(x), 3, budget);
  return x < 0 ? -size : size;
}
