import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { ln10Fixed, ln2Fixed } from '../numbers/fixed-point.ts';
import {
  add,
  addDouble,
  createDoubleDouble,
  divide,
  type DoubleDouble,
  multiply,
  normalize,
  productError,
  squareRoot,
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
import { binaryExponent, oddParts, powerOfTwo, scaleByPowerOfTwo } from './double-parts.ts';
import {
  exactAtanh,
  exactInverseHyperbolic,
  exactLn,
  exactLog,
  exactLog10,
  exactLog1p,
  exactLog2,
} from './exact-functions.ts';
import { tinyForCube } from './exponential.ts';
import { rounded } from './rounding.ts';

/**
 * Entry i is for 1 + i/256 <= m < 1 + (i + 1)/256: a multiple c of 2^-13 near 1/m, and -ln c. From sqrt 2 on, m is halved
 * (and the power of two raised): -ln 2c. So next to 1 on both sides c m is m or m/2, the logarithm of c is 0, and no
 * digits cancel.
 */
const tableSize = 256;
const halvedFrom = 106;
const factorBits = 13;
const factorScale = powerOfTwo(factorBits);
const factors = Float64Array.from({ length: tableSize }, (_, index) => factorOf(index));
const table = buildTable();

function factorOf(index: number): number {
  if (index === 0) return 1;
  if (index === tableSize - 1) return 0.5;
  return Math.round(factorScale / (1 + (index + 0.5) / tableSize)) / factorScale;
}

/** From factor to factor, a to b: -ln b = -ln a + 2 atanh((a - b) / (a + b)). */
function buildTable(): DoubleDoubleTable {
  const ln2 = ln2Fixed(tableBits + tableGuardBits);
  let logarithm = 0n;
  const values = Array.from(factors, (factor, index) => {
    const [before, after] = [factors[index - 1] ?? 1, factor].map((value) => BigInt(value * factorScale)) as [
      bigint,
      bigint,
    ];
    logarithm += 2n * tableArc(before - after, before + after, 1n);
    return (index < halvedFrom ? logarithm : logarithm - ln2) >> BigInt(tableGuardBits);
  });
  // The last one is ln 2 - ln 2, but for the errors of the way there.
  values[tableSize - 1] = 0n;
  return doubleDoubleTable(values);
}

/** ln 2 in two parts; the first has 42 bits, so that its multiples by up to 2^11 are exact. */
const ln2Bits = 42;
const ln2High = Number(ln2Fixed(tableBits) >> BigInt(tableBits - ln2Bits)) * powerOfTwo(-ln2Bits);
const ln2Low = doubleDoubleOf(ln2Fixed(tableBits) & ((1n << BigInt(tableBits - ln2Bits)) - 1n)).high;

const third = doubleDoubleOf((1n << BigInt(tableBits)) / 3n);

/**
 * result = ln(1 + r) for the number r = (high, low) with |r| < 2^-7.9.
 *
 * r - r²/2 + r³/3 - r⁴ t(r): r, r² and r³ are kept twice as long; r⁴ t(r) is off by less than 6 × 2^-53 of itself (its
 * truncated series by 2^-66), below 2^-76 of r as r³/4 < 2^-25.7.
 */
function logarithmNearOne(high: number, low: number, result: DoubleDouble): void {
  const square = high * high;
  const squareLow = productError(high, high, square) + 2 * high * low;
  const cube = square * high;
  const cubeLow = productError(square, high, cube) + square * low + squareLow * high;
  const part = cube * third.high;
  const partLow = productError(cube, third.high, part) + cube * third.low + cubeLow * third.high;
  const rest =
    square *
    square *
    (-1 / 4 +
      high *
        (1 / 5 + high * (-1 / 6 + high * (1 / 7 + high * (-1 / 8 + high * (1 / 9 + high * (-1 / 10 + high / 11)))))));
  const half = -0.5 * square;
  const first = high + half;
  const second = first + part;
  const tail = half - (first - high) + (part - (second - first)) + (low + (partLow - 0.5 * squareLow + rest));
  result.high = second + tail;
  result.low = tail - (result.high - second);
}

/**
 * result = ln((mantissa + low) × 2^exponent) for 1 <= mantissa < 2 and |low| <= 2^-52.
 *
 * c (mantissa + low) = 1 + r with |r| < 2^-8.8, or < 2^-8 where c is 1 or 1/2; the product is kept twice as long and the
 * difference from 1 is exact. ln = (power × ln 2 - ln c) + ln(1 + r): the sum of the first two is at least 2^-8.1 in size
 * if it is not 0, and so its errors, 2^-100 by the table and the sums, and 2^-96 of it by ln 2, are below 2^-90 of the result. So
 * the result is off by less than 2^-75 of it.
 */
function logarithmKernel(mantissa: number, low: number, exponent: number, result: DoubleDouble): void {
  const index = Math.floor((mantissa - 1) * tableSize);
  const power = index >= halvedFrom ? exponent + 1 : exponent;
  const factor = factors[index] as number;
  const product = mantissa * factor;
  const start = product - 1;
  const tail = productError(mantissa, factor, product) + low * factor;
  const r = start + tail;
  logarithmNearOne(r, sumError(start, tail, r), result);
  const entry = table.high[index] as number;
  if (power === 0 && entry === 0) return;
  const multiple = power * ln2High;
  const sum = multiple + entry;
  const sumLow = sumError(multiple, entry, sum) + ((table.low[index] as number) + power * ln2Low);
  const high = result.high + sum;
  const rest = sumError(sum, result.high, high) + (sumLow + result.low);
  result.high = high + rest;
  result.low = rest - (result.high - high);
}

/** The error of a logarithm as a part of it; of quotients and multiples of logarithms too. */
const relativeError = 2 ** -73;

const logarithm = createDoubleDouble();
const divisor = createDoubleDouble();
const ln2 = doubleDoubleOf(ln2Fixed(tableBits));
const ln10 = doubleDoubleOf(ln10Fixed(tableBits));

/** result = ln x for x > 0, off by less than 2^-75 of it. */
export function lnKernel(x: number, result: DoubleDouble): void {
  const exponent = binaryExponent(x);
  logarithmKernel(scaleByPowerOfTwo(x, -exponent), 0, exponent, result);
}

function positive(x: number, name: string): void {
  if (x <= 0) fault('DOMAIN', `${name} needs a number above 0.`);
}

export function ln(x: number, budget: Budget, name = 'ln'): number {
  positive(x, name);
  if (x === 1) return 0;
  lnKernel(x, logarithm);
  const result = rounded(logarithm.high, logarithm.low, relativeError * Math.abs(logarithm.high));
  return result === result ? result : exactLn(x, budget);
}

/** logarithm / divisor, or NaN where that does not decide the rounding. */
function quotient(by: DoubleDouble): number {
  divide(logarithm, by, logarithm);
  return rounded(logarithm.high, logarithm.low, relativeError * Math.abs(logarithm.high));
}

function isPowerOfTwo(x: number, exponent: number): boolean {
  return scaleByPowerOfTwo(x, -exponent) === 1;
}

export function log2(x: number, budget: Budget): number {
  positive(x, 'log2');
  const exponent = binaryExponent(x);
  if (isPowerOfTwo(x, exponent)) return exponent;
  lnKernel(x, logarithm);
  const result = quotient(ln2);
  return result === result ? result : exactLog2(x, budget);
}

export function log10(x: number, budget: Budget): number {
  positive(x, 'log10');
  if (x === 1) return 0;
  lnKernel(x, logarithm);
  const result = quotient(ln10);
  return result === result ? result : exactLog10(x, budget);
}

/** The logarithm of x to any base. */
export function log(x: number, base: number, budget: Budget): number {
  positive(x, 'A logarithm');
  positive(base, 'The base of a logarithm');
  if (base === 1) fault('DOMAIN', 'There are no logarithms to base 1.');
  if (x === 1) return 0;
  lnKernel(x, logarithm);
  lnKernel(base, divisor);
  const result = quotient(divisor);
  return result === result ? result : (rationalLogarithm(x, base) ?? exactLog(x, base, budget));
}

/**
 * The logarithm where it is rational: x = g^i and base = g^j. All other logarithms are irrational, so that enough bits
 * always decide their rounding.
 */
function rationalLogarithm(x: number, base: number): number | undefined {
  const a = oddParts(x);
  const b = oddParts(base);
  if (a.mantissa === 1n && b.mantissa === 1n) return a.exponent / b.exponent;
  const generator = commonGenerator(a.mantissa, b.mantissa);
  if (generator === 1n) return undefined;
  const i = degreeOf(a.mantissa, generator);
  const j = degreeOf(b.mantissa, generator);
  return a.exponent * j === b.exponent * i ? i / j : undefined;
}

/** The largest number of which both are powers; 1 if there is none. Euclid's algorithm on the exponents. */
function commonGenerator(a: bigint, b: bigint): bigint {
  if (a < b) return commonGenerator(b, a);
  if (b === 1n) return a;
  return a % b === 0n ? commonGenerator(a / b, b) : 1n;
}

/** The n of power = base^n. */
function degreeOf(power: bigint, base: bigint): number {
  let degree = 0;
  for (let rest = power; rest > 1n; rest /= base) degree += 1;
  return degree;
}

/** Up to here, ln(1 + x) rounds to x. */
const tiny = 2 ** -54;
/** Up to here, no digits of 1 + u cancel in the logarithm. */
const nearOne = 2 ** -8;

/** result = ln(1 + u) for u > -1, off by less than 2^-74 of it. `result` may be u. */
export function log1pKernel(u: DoubleDouble, result: DoubleDouble): void {
  if (Math.abs(u.high) < nearOne) {
    logarithmNearOne(u.high, u.low, result);
    return;
  }
  addDouble(u, 1, result);
  const exponent = binaryExponent(result.high);
  const scale = -exponent;
  logarithmKernel(scaleByPowerOfTwo(result.high, scale), scaleByPowerOfTwo(result.low, scale), exponent, result);
}

export function log1p(x: number, budget: Budget): number {
  if (x <= -1) fault('DOMAIN', 'log1p needs a number above -1.');
  if (Math.abs(x) < tiny) return x;
  logarithm.high = x;
  logarithm.low = 0;
  log1pKernel(logarithm, logarithm);
  const result = rounded(logarithm.high, logarithm.low, relativeError * Math.abs(logarithm.high));
  return result === result ? result : exactLog1p(x, budget);
}

/** From here on, sqrt(x² ± 1) is x to 120 bits. */
const dominant = 2 ** 60;

const u = createDoubleDouble();
const root = createDoubleDouble();

/** ln(2x), for huge x: also where 2x is beyond the doubles. */
function lnOfDouble(x: number): void {
  const exponent = binaryExponent(x);
  logarithmKernel(scaleByPowerOfTwo(x, -exponent), 0, exponent + 1, logarithm);
}

export function asinh(x: number, budget: Budget): number {
  const size = Math.abs(x);
  if (size < tinyForCube) return x;
  if (size > dominant) lnOfDouble(size);
  else {
    // ln(1 + x + x² / (1 + sqrt(1 + x²)))
    u.high = size * size;
    u.low = productError(size, size, u.high);
    addDouble(u, 1, root);
    squareRoot(root, root);
    addDouble(root, 1, root);
    divide(u, root, u);
    addDouble(u, size, u);
    log1pKernel(u, logarithm);
  }
  const result = rounded(logarithm.high, logarithm.low, relativeError * logarithm.high);
  if (result !== result) return exactInverseHyperbolic(x, 1n, budget);
  return x < 0 ? -result : result;
}

export function acosh(x: number, budget: Budget): number {
  if (x < 1) fault('DOMAIN', 'acosh needs a number of at least 1.');
  if (x === 1) return 0;
  if (x > dominant) lnOfDouble(x);
  else {
    // ln(1 + t + sqrt(t (t + 2))) for t = x - 1
    normalize(x, -1, u);
    addDouble(u, 2, root);
    multiply(u, root, root);
    squareRoot(root, root);
    add(u, root, u);
    log1pKernel(u, logarithm);
  }
  const result = rounded(logarithm.high, logarithm.low, relativeError * logarithm.high);
  return result === result ? result : exactInverseHyperbolic(x, -1n, budget);
}

export function atanh(x: number, budget: Budget): number {
  const size = Math.abs(x);
  if (size >= 1) fault('DOMAIN', 'atanh needs a number between -1 and 1.');
  if (size < tinyForCube) return x;
  // ln(1 + 2x / (1 - x)) / 2
  normalize(1, -size, root);
  u.high = 2 * size;
  u.low = 0;
  divide(u, root, u);
  log1pKernel(u, logarithm);
  const result = 0.5 * rounded(logarithm.high, logarithm.low, relativeError * logarithm.high);
  if (result !== result) return exactAtanh(x, budget);
  return x < 0 ? -result : result;
}
