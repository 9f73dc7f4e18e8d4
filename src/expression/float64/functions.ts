import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { powersOfTen } from '../write-digits.ts';
import { powerInteger } from './power.ts';
import type { Float64Function } from './float64-function.ts';
import { wholeFunctions } from './whole-functions.ts';

export function remainder(a: number, b: number): number {
  if (b === 0) fault('DIV0', 'The remainder of a division by zero is not defined.');
  return a % b;
}

export function modulo(a: number, b: number): number {
  if (b === 0) fault('DIV0', 'The remainder of a division by zero is not defined.');
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

export function power(x: number, y: number): number {
  if (x === 0 && y < 0) fault('DIV0', 'Zero to a negative power is a division by zero.');
  if (Number.isInteger(y)) return powerInteger(x, y);
  if (x < 0)
    fault('DOMAIN', 'A negative number has no real power with a fraction; for roots use cbrt(x) or nthroot(x, n).');
  return y === 0.5 ? Math.sqrt(x) : x ** y;
}

/** Whole division. The quotient is made from the dividend less its remainder, since a / b alone may round up to a whole number. */
function divideWhole(a: number, b: number): number {
  if (b === 0) fault('DIV0', 'Division by zero.');
  const quotient = (a - (a % b)) / b;
  return Math.abs(quotient) < 2 ** 52 ? Math.round(quotient) : quotient;
}

function round(values: Float64Array, base: number, count: number): number {
  const x = values[base] as number;
  const places = count === 2 ? (values[base + 1] as number) : 0;
  if (!Number.isInteger(places)) fault('DOMAIN', 'The number of decimal places of round(x, n) must be whole.');
  const size = roundSize(Math.abs(x), places);
  return x < 0 ? -size : size;
}

/** Rounds the shortest text of `size`, halves up: round(1.005, 2) is 1.01, although the double is a little below. */
function roundSize(size: number, places: number): number {
  if (places === 0) {
    const whole = Math.floor(size);
    return size - whole >= 0.5 ? whole + 1 : whole;
  }
  if (places > 0 && places <= 15 && size < 1e9) {
    // Clearly no half: the nearest whole number of units is the answer.
    const unit = powersOfTen[places] as number;
    const scaled = size * unit;
    const nearest = Math.round(scaled);
    if (scaled < 1e9 && Math.abs(Math.abs(scaled - nearest) - 0.5) > 1e-4) return nearest / unit;
  }
  const [mantissa = '', exponentText = '0'] = size.toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  const kept = exponent + 1 + places;
  if (kept >= digits.length) return size;
  if (kept < 0) return 0;
  const upper = BigInt(digits.slice(0, kept) || '0') + (digits.charCodeAt(kept) >= 0x35 ? 1n : 0n);
  return Number(`${upper}e${-places}`);
}

function extreme(values: Float64Array, base: number, count: number, sign: 1 | -1): number {
  let best = values[base] as number;
  for (let index = base + 1; index < base + count; index += 1) {
    const value = values[index] as number;
    if (sign * value > sign * best) best = value;
  }
  return best;
}

function sum(values: Float64Array, base: number, count: number): number {
  let total = values[base] as number;
  for (let index = base + 1; index < base + count; index += 1) total += values[index] as number;
  return total;
}

function median(values: Float64Array, base: number, count: number, budget: Budget): number {
  budget.charge(count >> 2);
  const sorted = values.slice(base, base + count).sort();
  const upper = sorted[count >> 1] as number;
  return count % 2 === 1 ? upper : ((sorted[(count >> 1) - 1] as number) + upper) / 2;
}

function variance(values: Float64Array, base: number, count: number): number {
  const mean = sum(values, base, count) / count;
  let squares = 0;
  for (let index = base; index < base + count; index += 1) {
    const distance = (values[index] as number) - mean;
    squares += distance * distance;
  }
  return squares / (count - 1);
}

function clamp(values: Float64Array, base: number): number {
  const low = values[base + 1] as number;
  const high = values[base + 2] as number;
  if (low > high) fault('DOMAIN', 'The lower bound of clamp(x, low, high) is above the upper one.');
  return Math.min(Math.max(values[base] as number, low), high);
}

function squareRoot(x: number): number {
  if (x < 0) fault('DOMAIN', 'A negative number has no real square root.');
  return Math.sqrt(x);
}

function nthRoot(x: number, n: number): number {
  if (!Number.isInteger(n) || n === 0) fault('DOMAIN', 'The n of nthroot(x, n) must be a whole number other than 0.');
  if (x === 0 && n < 0) fault('DIV0', 'A negative root of zero is a division by zero.');
  if (x < 0 && n % 2 === 0) fault('DOMAIN', 'A negative number has no real root of an even degree.');
  const degree = Math.abs(n);
  const size =
    degree === 2 ? Math.sqrt(Math.abs(x)) : degree === 3 ? Math.cbrt(Math.abs(x)) : refinedRoot(Math.abs(x), degree);
  const root = n < 0 ? 1 / size : size;
  return x < 0 ? -root : root;
}

/** Math.pow(x, 1 / n) suffers from the rounding of 1 / n; a whole root is made exact, any other improved by one step of Newton. */
function refinedRoot(x: number, n: number): number {
  const root = x ** (1 / n);
  const whole = Math.round(root);
  if (powerInteger(whole, n) === x) return whole;
  const lower = powerInteger(root, n - 1);
  const step = (root - x / lower) / n;
  return Number.isFinite(step) ? root - step : root;
}

function positive(x: number, name: string): number {
  if (x <= 0) fault('DOMAIN', `${name} needs a number above 0.`);
  return x;
}

function logarithm(values: Float64Array, base: number, count: number): number {
  const x = positive(values[base] as number, 'A logarithm');
  if (count === 1) return Math.log(x);
  const b = positive(values[base + 1] as number, 'The base of a logarithm');
  if (b === 1) fault('DOMAIN', 'There are no logarithms to base 1.');
  if (b === 2) return Math.log2(x);
  if (b === 10) return Math.log10(x);
  const result = Math.log(x) / Math.log(b);
  const whole = Math.round(result);
  return Math.abs(result - whole) < 1e-9 && powerInteger(b, whole) === x ? whole : result;
}

function within(x: number, limit: number, name: string): number {
  if (Math.abs(x) > limit) fault('DOMAIN', `${name} needs a number from -${limit} to ${limit}.`);
  return x;
}

function atanh(x: number): number {
  if (Math.abs(x) >= 1) fault('DOMAIN', 'atanh needs a number between -1 and 1.');
  return Math.atanh(x);
}

function acosh(x: number): number {
  if (x < 1) fault('DOMAIN', 'acosh needs a number of at least 1.');
  return Math.acosh(x);
}

function log1p(x: number): number {
  if (x <= -1) fault('DOMAIN', 'log1p needs a number above -1.');
  return Math.log1p(x);
}

/** Each row calls by itself: a function that is handed to a common wrapper cannot be compiled into it. */
export const float64Functions: ReadonlyMap<string, Float64Function> = new Map<string, Float64Function>([
  ['abs', (values, base) => Math.abs(values[base] as number)],
  ['sign', (values, base) => Math.sign(values[base] as number)],
  ['floor', (values, base) => Math.floor(values[base] as number)],
  ['ceil', (values, base) => Math.ceil(values[base] as number)],
  ['round', round],
  ['trunc', (values, base) => Math.trunc(values[base] as number)],
  ['div', (values, base) => divideWhole(values[base] as number, values[base + 1] as number)],
  ['mod', (values, base) => modulo(values[base] as number, values[base + 1] as number)],
  ['min', (values, base, count) => extreme(values, base, count, -1)],
  ['max', (values, base, count) => extreme(values, base, count, 1)],
  ['sum', sum],
  ['mean', (values, base, count) => sum(values, base, count) / count],
  ['median', median],
  ['variance', variance],
  ['stddev', (values, base, count) => Math.sqrt(variance(values, base, count))],
  ['clamp', clamp],
  ['sqrt', (values, base) => squareRoot(values[base] as number)],
  ['cbrt', (values, base) => Math.cbrt(values[base] as number)],
  ['nthroot', (values, base) => nthRoot(values[base] as number, values[base + 1] as number)],
  ['pow', (values, base) => power(values[base] as number, values[base + 1] as number)],
  ['hypot', (values, base, count) => Math.hypot(...values.subarray(base, base + count))],
  ['exp', (values, base) => Math.exp(values[base] as number)],
  ['expm1', (values, base) => Math.expm1(values[base] as number)],
  ['ln', (values, base) => Math.log(positive(values[base] as number, 'ln'))],
  ['log', logarithm],
  ['log2', (values, base) => Math.log2(positive(values[base] as number, 'log2'))],
  ['log10', (values, base) => Math.log10(positive(values[base] as number, 'log10'))],
  ['log1p', (values, base) => log1p(values[base] as number)],
  ['sin', (values, base) => Math.sin(values[base] as number)],
  ['cos', (values, base) => Math.cos(values[base] as number)],
  ['tan', (values, base) => Math.tan(values[base] as number)],
  ['asin', (values, base) => Math.asin(within(values[base] as number, 1, 'asin'))],
  ['acos', (values, base) => Math.acos(within(values[base] as number, 1, 'acos'))],
  ['atan', (values, base) => Math.atan(values[base] as number)],
  ['atan2', (values, base) => Math.atan2(values[base] as number, values[base + 1] as number)],
  ['sinh', (values, base) => Math.sinh(values[base] as number)],
  ['cosh', (values, base) => Math.cosh(values[base] as number)],
  ['tanh', (values, base) => Math.tanh(values[base] as number)],
  ['asinh', (values, base) => Math.asinh(values[base] as number)],
  ['acosh', (values, base) => acosh(values[base] as number)],
  ['atanh', (values, base) => atanh(values[base] as number)],
  ['deg', (values, base) => ((values[base] as number) * 180) / Math.PI],
  ['rad', (values, base) => ((values[base] as number) * Math.PI) / 180],
  ...wholeFunctions,
]);

export const float64Constants: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
  ['tau', 2 * Math.PI],
  ['phi', (1 + Math.sqrt(5)) / 2],
]);
