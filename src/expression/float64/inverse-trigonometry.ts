import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { piFixed } from '../numbers/fixed-point.ts';
import {
  add,
  createDoubleDouble,
  divide,
  type DoubleDouble,
  multiply,
  multiplyBy,
  normalize,
  squareRoot,
  subtract,
  sumError,
} from './double-double.ts';
import {
  doubleDoubleOf,
  type DoubleDoubleTable,
  doubleDoubleTable,
  tableArc,
  tableBits,
  tableGuardBits,
} from './double-double-table.ts';
import { binaryExponent, scaleByPowerOfTwo } from './double-parts.ts';
import { exactAcos, exactAsin, exactAtan2 } from './exact-functions.ts';
import { tinyForCube } from './exponential.ts';
import { rounded, roundedScaled } from './rounding.ts';

/** Arc tangents of index/128 from 0 to 1. */
const tableSteps = 128;
const table = buildTable();

/** atan((i + 1)/n) = atan(i/n) + atan(n / (n² + i (i + 1))) for n = tableSteps. */
function buildTable(): DoubleDoubleTable {
  const steps = BigInt(tableSteps);
  let angle = 0n;
  const values = [angle];
  for (let index = 0n; index < steps; index += 1n) {
    angle += tableArc(steps, steps * steps + index * (index + 1n), -1n);
    values.push(angle >> BigInt(tableGuardBits));
  }
  return doubleDoubleTable(values);
}

const pi = doubleDoubleOf(piFixed(tableBits));
const halfPi = doubleDoubleOf(piFixed(tableBits) >> 1n);
const halfPiRounded = halfPi.high;

/** The error of an arc as a part of it. */
const relativeError = 2 ** -67;

const arc = createDoubleDouble();
const sine = createDoubleDouble();
const cosine = createDoubleDouble();
const numerator = createDoubleDouble();
const denominator = createDoubleDouble();

/**
 * result = atan(y / x) for 0 <= y <= x, x not 0, where y is off by less than 2^-98 of it, and x too.
 *
 * With c = index/128 near y/x, atan(y/x) = atan c + atan z, z = (y - c x) / (x + c y), |z| <= 2^-8. The numerator is off
 * by less than 2^-97 x, so z by 2^-97. atan z = z - z³ p(z²): the second term is off by less than 6 × 2^-53 of itself, 2^-68.9 of z, and 2^-76.9
 * in all. Where the index is not 0, the result is at least 2^-8.1; so it is off by less than 2^-68.5 of it.
 */
function arcKernel(y: DoubleDouble, x: DoubleDouble, result: DoubleDouble): void {
  const index = Math.round((y.high / x.high) * tableSteps);
  const step = index / tableSteps;
  multiplyBy(x, -step, numerator);
  add(numerator, y, numerator);
  multiplyBy(y, step, denominator);
  add(denominator, x, denominator);
  divide(numerator, denominator, numerator);
  const z = numerator.high;
  const square = z * z;
  const cube = square * z * (-1 / 3 + square * (1 / 5 + square * (-1 / 7 + square * (1 / 9 - square / 11))));
  const entry = table.high[index] as number;
  const sum = entry + z;
  const low = sumError(entry, z, sum) + ((table.low[index] as number) + (numerator.low + cube));
  result.high = sum + low;
  result.low = low - (result.high - sum);
}

/** result = the angle of the point (x, y) for x, y >= 0 and not both 0. */
export function angleKernel(y: DoubleDouble, x: DoubleDouble, result: DoubleDouble): void {
  if (y.high <= x.high) {
    arcKernel(y, x, result);
    return;
  }
  arcKernel(x, y, result);
  subtract(halfPi, result, result);
}

function roundedArc(error: number): number {
  return rounded(arc.high, arc.low, error * arc.high);
}

function within(x: number, name: string): void {
  if (Math.abs(x) > 1) fault('DOMAIN', `${name} needs a number from -1 to 1.`);
}

/** cosine = sqrt(1 - size²), as sqrt((1 - size) (1 + size)), whose factors are exact. */
function setCosine(size: number): void {
  normalize(1, -size, cosine);
  normalize(1, size, numerator);
  multiply(cosine, numerator, cosine);
  squareRoot(cosine, cosine);
}

export function asin(x: number, budget: Budget): number {
  within(x, 'asin');
  const size = Math.abs(x);
  if (size < tinyForCube) return x;
  if (size === 1) return x * halfPiRounded;
  sine.high = size;
  sine.low = 0;
  setCosine(size);
  angleKernel(sine, cosine, arc);
  const result = roundedArc(relativeError);
  if (result !== result) return exactAsin(x, budget);
  return x < 0 ? -result : result;
}

export function acos(x: number, budget: Budget): number {
  within(x, 'acos');
  const size = Math.abs(x);
  if (size === 1) return x < 0 ? pi.high : 0;
  sine.high = size;
  sine.low = 0;
  setCosine(size);
  angleKernel(cosine, sine, arc);
  if (x < 0) subtract(pi, arc, arc);
  const result = roundedArc(relativeError);
  return result === result ? result : exactAcos(x, budget);
}

const one: DoubleDouble = { high: 1, low: 0 };
/** From here on, atan x = pi/2 - 1/x to 120 bits relative to pi/2. */
const hugeTangent = 2 ** 60;

export function atan(x: number, budget: Budget): number {
  const size = Math.abs(x);
  if (size < tinyForCube) return x;
  if (size > hugeTangent) {
    arc.high = halfPi.high;
    arc.low = halfPi.low - 1 / size;
  } else {
    sine.high = size;
    sine.low = 0;
    angleKernel(sine, one, arc);
  }
  const result = roundedArc(relativeError);
  if (result !== result) return exactAtan2(x, 1, budget);
  return x < 0 ? -result : result;
}

/** The angle of the point (x, y) from -pi to pi, with the signs of zeros as IEEE 754 has them. */
export function atan2(y: number, x: number, budget: Budget): number {
  if (x === 0 || y === 0) return angleOnAxis(y, x);
  const result = angleOfPoint(Math.abs(y), Math.abs(x), x < 0);
  if (result !== result) return exactAtan2(y, x, budget);
  return y < 0 ? -result : result;
}

function isNegative(x: number): boolean {
  return x < 0 || Object.is(x, -0);
}

function angleOnAxis(y: number, x: number): number {
  const size = y !== 0 ? halfPiRounded : isNegative(x) ? pi.high : 0;
  return isNegative(y) ? -size : size;
}

/** Beyond so many bits between them, the smaller number only breaks ties, or the angle is the quotient less a third of its cube. */
const gapMax = 60;

/** The angle, or NaN where the rounding is undecided. */
function angleOfPoint(y: number, x: number, isBehind: boolean): number {
  const yExponent = binaryExponent(y);
  const xExponent = binaryExponent(x);
  const gap = yExponent - xExponent;
  sine.high = scaleByPowerOfTwo(y, -yExponent);
  sine.low = 0;
  cosine.high = scaleByPowerOfTwo(x, -xExponent);
  cosine.low = 0;
  if (gap < -gapMax && !isBehind) {
    divide(sine, cosine, arc);
    return roundedScaled(arc.high, arc.low, quotientError, gap);
  }
  // Anything smaller is lost next to pi or pi/2.
  const scale = Math.max(Math.min(gap, 2 * gapMax), -2 * gapMax);
  sine.high = scaleByPowerOfTwo(sine.high, scale);
  angleKernel(sine, cosine, arc);
  if (isBehind) subtract(pi, arc, arc);
  return roundedArc(relativeError);
}

/** A quotient from 1/2 to 2, and a third of its square times 2^-2·gapMax. */
const quotientError = 2 ** -98;
