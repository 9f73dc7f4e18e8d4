import type { Budget } from '../budget.ts';
import { expFixed, ln2Fixed } from '../numbers/fixed-point.ts';
import {
  addDouble,
  createDoubleDouble,
  divide,
  type DoubleDouble,
  normalize,
  productError,
  subtract,
  sumError,
} from './double-double.ts';
import {
  doubleDoubleOf,
  type DoubleDoubleTable,
  doubleDoubleTable,
  tableBits,
  tableGuardBits,
} from './double-double-table.ts';
import { powerOfTwo } from './double-parts.ts';
import { exactExp, exactExpm1, exactHyperbolic, exactTanh } from './exact-functions.ts';
import { rounded, roundedScaled } from './rounding.ts';

/** e^(index/256) - 1 for the indexes from -tableOffset to tableOffset. */
const tableSteps = 256;
const tableOffset = 90;
const table = buildTable();

function buildTable(): DoubleDoubleTable {
  const bits = tableBits + tableGuardBits;
  const shift = BigInt(bits);
  const unit = 1n << shift;
  const factor = expFixed(unit / BigInt(tableSteps), bits);
  const values = [expFixed((unit * BigInt(-tableOffset)) / BigInt(tableSteps), bits)];
  for (let index = 0; index < 2 * tableOffset; index += 1) values.push(((values[index] as bigint) * factor) >> shift);
  return doubleDoubleTable(values.map((value) => (value - unit) >> BigInt(tableGuardBits)));
}

const inverseLn2 = Math.LOG2E;
/** ln 2 in two parts; the first has 42 bits, so that its multiples by up to 2^11 are exact. */
const ln2Bits = 42;
const ln2High = Number(ln2Fixed(tableBits) >> BigInt(tableBits - ln2Bits)) * powerOfTwo(-ln2Bits);
const ln2Low = doubleDoubleOf(ln2Fixed(tableBits) & ((1n << BigInt(tableBits - ln2Bits)) - 1n)).high;

/**
 * e^(high + low) = (1 + q) × 2^power for |high| < 800; q goes to `result`, the power is returned.
 *
 * high = power × ln 2 + index/256 + r with |r| < 2^-8.99; the differences are exact, but for ln2Low × power, which brings
 * less than 2^-85. e^r - 1 = r + r²/2 + r³ t(r): r and r²/2 are kept twice as long, r³ t(r) is off by less than
 * 6 × 2^-53 of itself, below 2^-79 in all and below 2^-70 of e^r - 1. The table and its product add less than 2^-100.
 * So the error of q is below 2^-78 and, where the power is 0 and the low part exact, below 2^-68.5 of q (for any index
 * other than 0, |q| is at least 2^-9.1).
 */
export function expKernel(high: number, low: number, result: DoubleDouble): number {
  const power = Math.round(high * inverseLn2);
  const near = high - power * ln2High;
  const index = Math.round(near * tableSteps);
  const start = near - index / tableSteps;
  const tail = low - power * ln2Low;
  const r = start + tail;
  const rLow = sumError(start, tail, r);

  const square = r * r;
  const half = square * 0.5;
  const halfLow = productError(r, r, square) * 0.5 + r * rLow;
  const cube = square * r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (1 / 5_040 + r * (1 / 40_320))))));
  const sum = r + half;
  const sumLow = half - (sum - r) + rLow + (halfLow + cube);
  if (index === 0) {
    result.high = sum + sumLow;
    result.low = sumLow - (result.high - sum);
    return power;
  }

  // T + (1 + T) × p
  const entry = table.high[index + tableOffset] as number;
  const entryLow = table.low[index + tableOffset] as number;
  const product = entry * sum;
  const productLow = productError(entry, sum, product) + entry * sumLow + entryLow * sum;
  const first = entry + sum;
  const second = first + product;
  const rest = sumError(entry, sum, first) + sumError(first, product, second) + (entryLow + (sumLow + productLow));
  result.high = second + rest;
  result.low = rest - (result.high - second);
  return power;
}

/** The error of 1 + q, which is at least 0.7, and of what follows from it by a few operations. */
const errorOfPower = 2 ** -76;
/** The error of q as a part of it. */
const relativeError = 2 ** -68;
/** Of a quotient or difference of such numbers. */
const relativeErrorTwice = 2 ** -66;

const q = createDoubleDouble();
const other = createDoubleDouble();

/** Beyond, e^x is above the largest double or below half of the least. */
const sizeMax = 746;

export function exp(x: number, budget: Budget): number {
  if (x > sizeMax) return Infinity;
  if (x < -sizeMax) return 0;
  const power = expKernel(x, 0, q);
  addDouble(q, 1, q);
  const result = roundedScaled(q.high, q.low, errorOfPower, power);
  return result === result ? result : exactExp(x, budget);
}

/** Up to here, f(x) = x (1 + c x) with |c| <= 1/2 rounds to x. */
const tinyForSquare = 2 ** -54;
/** Up to here, f(x) = x (1 + c x²) with |c| <= 1/2 rounds to x. */
export const tinyForCube = 2 ** -28;

/** result = e^x - 1, for -40 <= x <= 746, as a multiple of 2^(the returned power), off by less than 2^-68 of it. */
export function scaledExpm1(x: number, result: DoubleDouble): number {
  const power = expKernel(x, 0, result);
  if (power === 0) return 0;
  addDouble(result, 1, result);
  if (power < 0) {
    const scale = powerOfTwo(power);
    result.high *= scale;
    result.low *= scale;
    addDouble(result, -1, result);
    return 0;
  }
  addDouble(result, -powerOfTwo(-Math.min(power, 200)), result);
  return power;
}

/** Below, e^x is less than a quarter of a unit in the last place of the number below 1. */
const expm1Least = -40;

export function expm1(x: number, budget: Budget): number {
  if (Math.abs(x) < tinyForSquare) return x;
  if (x > sizeMax) return Infinity;
  if (x < expm1Least) return -1;
  const power = scaledExpm1(x, q);
  const result = roundedScaled(q.high, q.low, relativeError * Math.abs(q.high), power);
  return result === result ? result : exactExpm1(x, budget);
}

/** From here on e^-x is below 2^-120 of e^x. */
const dominantPower = 60;

/** q = 1 + q and other = 2^-2·power / (1 + q): e^x and e^-x, both divided by 2^power. */
function bothExponentials(x: number): number {
  const power = expKernel(x, 0, q);
  addDouble(q, 1, q);
  other.high = power < dominantPower ? powerOfTwo(-2 * power) : 0;
  other.low = 0;
  divide(other, q, other);
  return power;
}

export function sinh(x: number, budget: Budget): number {
  const size = Math.abs(x);
  if (size < tinyForCube) return x;
  if (size > sizeMax) return x < 0 ? -Infinity : Infinity;
  const result = size < 0.34 ? smallSinh(size) : largeSinh(size);
  if (result !== result) return exactHyperbolic(x, -1n, budget);
  return x < 0 ? -result : result;
}

/** (q + q / (1 + q)) / 2, where nothing cancels. */
function smallSinh(size: number): number {
  expKernel(size, 0, q);
  addDouble(q, 1, other);
  divide(q, other, other);
  const sum = q.high + other.high;
  normalize(sum, sumError(q.high, other.high, sum) + (q.low + other.low), q);
  return 0.5 * rounded(q.high, q.low, relativeErrorTwice * q.high);
}

function largeSinh(size: number): number {
  const power = bothExponentials(size);
  subtract(q, other, q);
  return roundedScaled(q.high, q.low, errorOfPower * 4, power - 1);
}

export function cosh(x: number, budget: Budget): number {
  const size = Math.abs(x);
  if (size > sizeMax) return Infinity;
  const power = bothExponentials(size);
  const sum = q.high + other.high;
  normalize(sum, sumError(q.high, other.high, sum) + (q.low + other.low), q);
  const result = roundedScaled(q.high, q.low, errorOfPower * 4, power - 1);
  return result === result ? result : exactHyperbolic(x, 1n, budget);
}

/** From here on, 1 - tanh x is less than half a unit in the last place below 1. */
const tanhMax = 20;

export function tanh(x: number, budget: Budget): number {
  const size = Math.abs(x);
  if (size < tinyForCube) return x;
  if (size > tanhMax) return x < 0 ? -1 : 1;
  // E / (E + 2) for E = e^2x - 1
  const scale = powerOfTwo(scaledExpm1(2 * size, q));
  q.high *= scale;
  q.low *= scale;
  addDouble(q, 2, other);
  divide(q, other, q);
  const result = rounded(q.high, q.low, relativeErrorTwice * q.high);
  if (result !== result) return exactTanh(x, budget);
  return x < 0 ? -result : result;
}
