import type { Budget } from '../budget.ts';
import { sineAndCosineFixed } from '../numbers/fixed-point.ts';
import { reduceAngle, reductionError, smallAngleMax } from './angle-reduction.ts';
import { createDoubleDouble, divide, type DoubleDouble, normalize } from './double-double.ts';
import { type DoubleDoubleTable, doubleDoubleTable, tableBits, tableGuardBits } from './double-double-table.ts';
import { powerOfTwo } from './double-parts.ts';
import { exactCos, exactSin, exactTan } from './exact-functions.ts';
import { tinyForCube } from './exponential.ts';
import { rounded } from './rounding.ts';

/** Sines and cosines of index/256 up to pi/4 and a little more. */
const tableSteps = 256;
const tableSize = 203;

/** A table of numbers up to 1, as two doubles for sums, and as 26 bits and a rest for products. */
interface CircleTable extends DoubleDoubleTable {
  readonly head: Float64Array;
  readonly tail: Float64Array;
}

const headBits = 26;
const tabled = buildTables();
const sines = circleTable(tabled.map(({ sine }) => sine));
const cosines = circleTable(tabled.map(({ cosine }) => cosine));

function circleTable(values: readonly bigint[]): CircleTable {
  const shift = BigInt(tableBits - headBits);
  const heads = values.map((value) => (value >> shift) << shift);
  const tails = values.map((value, index) => value - (heads[index] as bigint));
  return {
    ...doubleDoubleTable(values),
    head: doubleDoubleTable(heads).high,
    tail: doubleDoubleTable(tails).high,
  };
}

interface SineAndCosine {
  readonly sine: bigint;
  readonly cosine: bigint;
}

/** By the addition theorems. */
function buildTables(): SineAndCosine[] {
  const bits = BigInt(tableBits + tableGuardBits);
  const step = sineAndCosineFixed((1n << bits) / BigInt(tableSteps), Number(bits));
  let angle: SineAndCosine = { sine: 0n, cosine: 1n << bits };
  const angles: SineAndCosine[] = [];
  for (let index = 0; index < tableSize; index += 1) {
    angles.push({ sine: angle.sine >> BigInt(tableGuardBits), cosine: angle.cosine >> BigInt(tableGuardBits) });
    angle = {
      sine: (angle.sine * step.cosine + angle.cosine * step.sine) >> bits,
      cosine: (angle.cosine * step.cosine - angle.sine * step.sine) >> bits,
    };
  }
  return angles;
}

/** Charged for an angle beyond 2^19: its reduction with integers of 1,400 bits. */
const largeAngleCost = 60;

/** The errors of sine and cosine of the rest, as a part of a sine, and relative to a cosine of at least 0.7. */
const relativeError = 2 ** -68;
const cosineError = 2 ** -68;

const rest = createDoubleDouble();
const sine = createDoubleDouble();
const cosine = createDoubleDouble();

/**
 * |rest| = index/256 + s with |s| < 2^-8.99, and what both functions take from it: the leading bits of s (all of them
 * where the index is 0, and each factor too) and what is left of s; sin s - s = s³ p(s²); cos s - 1 = -s²/2 + s⁴ p(s²).
 */
const step = { index: 0, head: 0.5, tail: 0.5, sineLess: 0.5, cosineLess: 0.5 };

/** Added and subtracted, leaves the bits of s down to 2^-36: 27 of them. */
const headRounding = 1.5 * powerOfTwo(16);

function splitRest(): void {
  const isNegative = rest.high < 0;
  const size = isNegative ? -rest.high : rest.high;
  const index = Math.round(size * tableSteps);
  const start = size - index * (1 / tableSteps);
  const low = isNegative ? -rest.low : rest.low;
  const head = index === 0 ? start : start + headRounding - headRounding;
  const s = start + low;
  const square = s * s;
  step.index = index;
  step.head = head;
  step.tail = start - head + low;
  step.sineLess = square * s * (-1 / 6 + square * (1 / 120 + square * (-1 / 5_040)));
  step.cosineLess = square * (-1 / 2 + square * (1 / 24 + square * (-1 / 720 + square * (1 / 40_320))));
}

/**
 * result = a + a (cos s - 1) + sign × c × sin s: the sine or the cosine of the rest, by the addition theorems. High and
 * low overlap, by 27 bits at most.
 *
 * The product of the heads (26 and 27 bits) is exact, and so is its sum with a. All other terms are below 2^-17.9 × a +
 * 2^-28.6, and so are their sums; each is off by less than 4 × 2^-53 of itself, and the sums by 4 × 2^-53 more: 2^-68.9 × a + 2^-79. As a
 * sine is at least 2^-9.1 where a is not 0, that is below 2^-68.5 of it; where a is 0, sin s - s is off by less than 2^-70 of s.
 */
function combine(aTable: CircleTable, cTable: CircleTable, sign: 1 | -1, result: DoubleDouble): void {
  const { index, head, tail, sineLess, cosineLess } = step;
  const a = aTable.high[index] as number;
  const c = sign * (cTable.head[index] as number);
  const cTail = sign * (cTable.tail[index] as number);
  const product = c * head;
  const sum = a + product;
  const sumLow = product - (sum - a);
  result.high = sum;
  result.low =
    sumLow +
    ((aTable.low[index] as number) + (c * tail + cTail * (head + tail)) + (c + cTail) * sineLess + a * cosineLess);
}

function sineOfRest(result: DoubleDouble): void {
  combine(sines, cosines, 1, result);
  if (rest.high >= 0) return;
  result.high = -result.high;
  result.low = -result.low;
}

function cosineOfRest(result: DoubleDouble): void {
  combine(cosines, sines, -1, result);
}

function reduce(x: number, budget: Budget): number {
  if (Math.abs(x) > smallAngleMax) budget.charge(largeAngleCost);
  return reduceAngle(x, rest);
}

/** The sine of rest + quarter × pi/2, or NaN. */
function roundedSine(quarter: number): number {
  splitRest();
  let result: number;
  if ((quarter & 1) === 0) {
    sineOfRest(sine);
    result = rounded(sine.high, sine.low, relativeError * Math.abs(sine.high) + reductionError);
  } else {
    cosineOfRest(cosine);
    result = rounded(cosine.high, cosine.low, cosineError);
  }
  return quarter < 2 ? result : -result;
}

export function sin(x: number, budget: Budget): number {
  if (Math.abs(x) < tinyForCube) return x;
  const result = roundedSine(reduce(x, budget));
  return result === result ? result : exactSin(x, budget);
}

export function cos(x: number, budget: Budget): number {
  const result = roundedSine((reduce(x, budget) + 1) & 3);
  return result === result ? result : exactCos(x, budget);
}

/** Sine and cosine of x - quarter × pi/2; returns the quarter. High and low may overlap. */
export function circleKernel(x: number, budget: Budget, sineOf: DoubleDouble, cosineOf: DoubleDouble): number {
  const quarter = reduce(x, budget);
  splitRest();
  sineOfRest(sineOf);
  cosineOfRest(cosineOf);
  return quarter;
}

export function tan(x: number, budget: Budget): number {
  if (Math.abs(x) < tinyForCube) return x;
  const isOdd = (circleKernel(x, budget, sine, cosine) & 1) === 1;
  normalize(sine.high, sine.low, sine);
  normalize(cosine.high, cosine.low, cosine);
  // The error of the rest counts relative to the sine, above or below the bar.
  const error = 2 * relativeError + 2 * (reductionError / Math.abs(sine.high));
  if (isOdd) {
    cosine.high = -cosine.high;
    cosine.low = -cosine.low;
    divide(cosine, sine, sine);
  } else divide(sine, cosine, sine);
  const result = rounded(sine.high, sine.low, error * Math.abs(sine.high));
  return result === result ? result : exactTan(x, budget);
}
