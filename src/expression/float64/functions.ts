import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { divisionCost } from '../numbers/costs.ts';
import { powersOfTen } from '../write-digits.ts';
import { deg, rad } from './angle-units.ts';
import { mantissaBits, nearestDouble, partsOf } from './double-parts.ts';
import { cosh, exp, expm1, sinh, tanh } from './exponential.ts';
import type { Float64Function } from './float64-function.ts';
import { acos, asin, atan, atan2 } from './inverse-trigonometry.ts';
import { acosh, asinh, atanh, ln, log, log10, log1p, log2 } from './logarithm.ts';
import { cbrt, nthRoot, power } from './power.ts';
import { deviation, hypot, mean, median, sum, variance } from './statistics.ts';
import { cos, sin, tan } from './trigonometry.ts';
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

/** Below, the error of a quotient is less than 1/4. */
const roundedQuotientMax = 1_125_899_906_842_624; // 2^50

/** Integer division. The quotient is made from the dividend less its remainder, since a / b alone may round up to an integer. */
function divideWhole(a: number, b: number, budget: Budget): number {
  if (b === 0) fault('DIV0', 'Division by zero.');
  const quotient = (a - (a % b)) / b;
  return Math.abs(quotient) < roundedQuotientMax ? Math.round(quotient) : exactQuotient(a, b, budget);
}

/** The integer part of a / b, with integers of up to 2,100 bits, rounded once. */
function exactQuotient(a: number, b: number, budget: Budget): number {
  budget.charge(exactQuotientCost);
  const top = partsOf(a);
  const bottom = partsOf(b);
  const exponent = Math.min(top.exponent, bottom.exponent);
  const dividend = top.mantissa << BigInt(top.exponent - exponent);
  return nearestDouble(dividend / (bottom.mantissa << BigInt(bottom.exponent - exponent)), 0);
}

const exactQuotientCost = divisionCost(2_100, mantissaBits) + 40;

function round(values: Float64Array, base: number, count: number, isToEven: boolean): number {
  const x = values[base] as number;
  const places = count === 2 ? (values[base + 1] as number) : 0;
  if (!Number.isInteger(places)) fault('DOMAIN', 'The number of decimal places of round(x, n) must be an integer.');
  const size = roundSize(Math.abs(x), places, isToEven);
  return x < 0 ? -size : size;
}

/** Rounds the shortest text of `size`, halves up or to an even digit: round(1.005, 2) is 1.01, although the double is a little below. */
function roundSize(size: number, places: number, isToEven: boolean): number {
  if (places === 0) {
    const whole = Math.floor(size);
    const fraction = size - whole;
    return fraction > 0.5 || (fraction === 0.5 && !(isToEven && whole % 2 === 0)) ? whole + 1 : whole;
  }
  if (places > 0 && places <= 15 && size < 1e9) {
    // Clearly no half: the nearest integer of units is the answer.
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
  const lower = BigInt(digits.slice(0, kept) || '0');
  const isEvenHalf = isToEven && digits.slice(kept) === '5' && lower % 2n === 0n;
  const isUp = digits.charCodeAt(kept) >= 0x35 && !isEvenHalf;
  return Number(`${isUp ? lower + 1n : lower}e${-places}`);
}

function extreme(values: Float64Array, base: number, count: number, sign: 1 | -1): number {
  let best = values[base] as number;
  for (let index = base + 1; index < base + count; index += 1) {
    const value = values[index] as number;
    if (sign * value > sign * best) best = value;
  }
  return best;
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

function logarithm(values: Float64Array, base: number, count: number, budget: Budget): number {
  const x = values[base] as number;
  return count === 1 ? ln(x, budget, 'A logarithm') : log(x, values[base + 1] as number, budget);
}

/** Each row calls on its own: a function that is handed to a common wrapper cannot be compiled into it. */
export const float64Functions: ReadonlyMap<string, Float64Function> = new Map<string, Float64Function>([
  ['abs', (values, base) => Math.abs(values[base] as number)],
  ['sign', (values, base) => Math.sign(values[base] as number)],
  ['floor', (values, base) => Math.floor(values[base] as number)],
  ['ceil', (values, base) => Math.ceil(values[base] as number)],
  ['round', (values, base, count) => round(values, base, count, false)],
  ['round_even', (values, base, count) => round(values, base, count, true)],
  ['trunc', (values, base) => Math.trunc(values[base] as number)],
  ['div', (values, base, _count, budget) => divideWhole(values[base] as number, values[base + 1] as number, budget)],
  ['mod', (values, base) => modulo(values[base] as number, values[base + 1] as number)],
  ['min', (values, base, count) => extreme(values, base, count, -1)],
  ['max', (values, base, count) => extreme(values, base, count, 1)],
  ['sum', sum],
  ['mean', mean],
  ['median', median],
  ['variance', variance],
  ['stddev', deviation],
  ['clamp', clamp],
  ['sqrt', (values, base) => squareRoot(values[base] as number)],
  ['cbrt', (values, base, _count, budget) => cbrt(values[base] as number, budget)],
  ['nthroot', (values, base, _count, budget) => nthRoot(values[base] as number, values[base + 1] as number, budget)],
  ['pow', (values, base, _count, budget) => power(values[base] as number, values[base + 1] as number, budget)],
  ['hypot', hypot],
  ['exp', (values, base, _count, budget) => exp(values[base] as number, budget)],
  ['expm1', (values, base, _count, budget) => expm1(values[base] as number, budget)],
  ['ln', (values, base, _count, budget) => ln(values[base] as number, budget)],
  ['log', logarithm],
  ['log2', (values, base, _count, budget) => log2(values[base] as number, budget)],
  ['log10', (values, base, _count, budget) => log10(values[base] as number, budget)],
  ['log1p', (values, base, _count, budget) => log1p(values[base] as number, budget)],
  ['sin', (values, base, _count, budget) => sin(values[base] as number, budget)],
  ['cos', (values, base, _count, budget) => cos(values[base] as number, budget)],
  ['tan', (values, base, _count, budget) => tan(values[base] as number, budget)],
  ['asin', (values, base, _count, budget) => asin(values[base] as number, budget)],
  ['acos', (values, base, _count, budget) => acos(values[base] as number, budget)],
  ['atan', (values, base, _count, budget) => atan(values[base] as number, budget)],
  ['atan2', (values, base, _count, budget) => atan2(values[base] as number, values[base + 1] as number, budget)],
  ['sinh', (values, base, _count, budget) => sinh(values[base] as number, budget)],
  ['cosh', (values, base, _count, budget) => cosh(values[base] as number, budget)],
  ['tanh', (values, base, _count, budget) => tanh(values[base] as number, budget)],
  ['asinh', (values, base, _count, budget) => asinh(values[base] as number, budget)],
  ['acosh', (values, base, _count, budget) => acosh(values[base] as number, budget)],
  ['atanh', (values, base, _count, budget) => atanh(values[base] as number, budget)],
  ['deg', (values, base, _count, budget) => deg(values[base] as number, budget)],
  ['rad', (values, base, _count, budget) => rad(values[base] as number, budget)],
  ...wholeFunctions,
]);

export const float64Constants: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
  ['tau', 2 * Math.PI],
  ['phi', (1 + Math.sqrt(5)) / 2],
]);
