import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { factorialMax } from '../limits.ts';
import { greatestCommonDivisor as commonDivisor } from '../numbers/common-divisor.ts';
import { commonDivisorCost } from '../numbers/costs.ts';
import { bitLength } from '../numbers/integer-size.ts';
import { productError } from './double-double.ts';
import { scaleByPowerOfTwo } from './double-parts.ts';
import type { Float64Function } from './float64-function.ts';

/** Functions of integers. Every double above 2^53 is an integer, but most integers there are not doubles, so some functions stop at it. */

const factorials = buildFactorials();

/** Rounded once, from the exact products. */
function buildFactorials(): Float64Array {
  const table = new Float64Array(factorialMax.float64 + 1);
  let product = 1n;
  for (let n = 0; n < table.length; n += 1) {
    if (n > 0) product *= BigInt(n);
    table[n] = Number(product);
  }
  return table;
}

export function factorial(n: number): number {
  if (!Number.isInteger(n) || n < 0) fault('DOMAIN', 'A factorial is defined only for integers of at least 0.');
  if (n > factorialMax.float64) {
    fault(
      'TOO_BIG',
      `A factorial in float64 mode goes up to ${factorialMax.float64}!; larger ones are beyond the largest double.`,
    );
  }
  return factorials[n] as number;
}

function whole(x: number, name: string): number {
  if (!Number.isInteger(x)) fault('DOMAIN', `${name} takes integers only.`);
  return x;
}

function safe(x: number, name: string): number {
  if (Math.abs(whole(x, name)) > Number.MAX_SAFE_INTEGER) {
    fault(
      'RANGE',
      `${name} takes integers below 2^53 in float64 mode, where larger ones are not exact; use bigint mode.`,
    );
  }
  return x;
}

function greatestCommonDivisor(a: number, b: number): number {
  let larger = Math.abs(a);
  let smaller = Math.abs(b);
  while (smaller !== 0) {
    const rest = larger % smaller;
    larger = smaller;
    smaller = rest;
  }
  return larger;
}

/** Euclid's algorithm: after the first step both numbers are 53 bits times the same power of two, which leaves at most 77 steps. */
const divisorCost = 8;

function gcd(values: Float64Array, base: number, count: number, budget: Budget): number {
  let result = Math.abs(whole(values[base] as number, 'gcd'));
  for (let index = base + 1; index < base + count; index += 1) {
    const value = whole(values[index] as number, 'gcd');
    budget.charge(divisorCost);
    result = greatestCommonDivisor(result, value);
  }
  return result;
}

function lcm(values: Float64Array, base: number, count: number, budget: Budget): number {
  let result = Math.abs(whole(values[base] as number, 'lcm'));
  for (let index = base + 1; index < base + count; index += 1) {
    const value = Math.abs(whole(values[index] as number, 'lcm'));
    budget.charge(divisorCost);
    const next = result === 0 || value === 0 ? 0 : (result / greatestCommonDivisor(result, value)) * value;
    if (next > Number.MAX_SAFE_INTEGER) return longMultiple(BigInt(result), values, index, base + count, budget);
    result = next;
  }
  return result;
}

/** The least common multiple of `start` and the arguments from `from` on, in long integers, rounded once. */
function longMultiple(start: bigint, values: Float64Array, from: number, end: number, budget: Budget): number {
  const rest = Array.from(values.subarray(from, end), (value) => BigInt(Math.abs(whole(value, 'lcm'))));
  if (rest.includes(0n)) return 0;
  let result = start;
  for (const value of rest) {
    budget.charge(commonDivisorCost(bitLength(result), bitLength(value)) + longFactorCost);
    result *= value / commonDivisor(result, value);
    if (result >= doubleBound) return Infinity;
  }
  return Number(result);
}

function checkChoice(n: number, k: number, name: string): void {
  if (safe(n, name) < 0 || whole(k, name) < 0) fault('DOMAIN', `${name} takes integers of at least 0.`);
}

/**
 * The product of n - k + step for step = 1 … k, each divided by its step if `isDivided`: each partial product is an
 * integer that is not below the one before. Exact, and rounded once; Infinity as soon as it is beyond the largest double.
 */
function fallingProduct(n: number, k: number, isDivided: boolean, budget: Budget): number {
  let product = 1;
  for (let step = 1; step <= k; step += 1) {
    const next = product * (isDivided ? n - k + step : n - step + 1);
    if (next > Number.MAX_SAFE_INTEGER) return longProduct(product, n, k, step, isDivided, budget);
    product = isDivided ? next / step : next;
  }
  return product;
}

/** Such a product from `step` on, in long integers: as many factors in one step, and divisors, as a double holds exactly. */
function longProduct(start: number, n: number, k: number, step: number, isDivided: boolean, budget: Budget): number {
  let product = BigInt(start);
  for (let at = step; at <= k;) {
    let factors = 1;
    let divisors = 1;
    for (; at <= k; at += 1) {
      const factor = isDivided ? n - k + at : n - at + 1;
      if (factors * factor > Number.MAX_SAFE_INTEGER) break;
      factors *= factor;
      // No divisor is larger than its factor.
      if (isDivided) divisors *= at;
    }
    budget.charge(longFactorCost);
    product *= BigInt(factors);
    if (isDivided) product /= BigInt(divisors);
    if (product >= doubleBound) return Infinity;
  }
  return Number(product);
}

/** A product of up to 1,100 bits by a factor of 53, and a quotient as long. */
const longFactorCost = 8;
const doubleBound = 1n << 1_024n;

function combinations(values: Float64Array, base: number, _count: number, budget: Budget): number {
  const n = values[base] as number;
  const k = values[base + 1] as number;
  checkChoice(n, k, 'comb');
  if (k > n) return 0;
  return fallingProduct(n, Math.min(k, n - k), true, budget);
}

function permutations(values: Float64Array, base: number, _count: number, budget: Budget): number {
  const n = values[base] as number;
  const k = values[base + 1] as number;
  checkChoice(n, k, 'perm');
  return k > n ? 0 : fallingProduct(n, k, false, budget);
}

/** a * b mod n for 0 <= a, b < n < 2^53. */
function multiplyModulo(a: number, b: number, n: number): number {
  const high = a * b;
  if (high <= Number.MAX_SAFE_INTEGER) return high % n;
  const low = productError(a, b, high);
  const quotient = Math.floor(high / n);
  const part = quotient * n;
  let rest = high - part + (low - productError(quotient, n, part));
  // The quotient may be off by one either way.
  while (rest < 0) rest += n;
  while (rest >= n) rest -= n;
  return rest;
}

/** Miller-Rabin with these bases errs for no number below 3.8e18 (OEIS A014233). */
const witnesses = [2, 3, 5, 7, 11, 13, 17, 19, 23];

/** Whether n is a prime number, for a whole n up to 2^53. */
function isPrime(n: number): boolean {
  if (n < 2) return false;
  for (const witness of witnesses) {
    if (n % witness === 0) return n === witness;
  }
  if (n < 29 * 29) return true;
  let odd = n - 1;
  let halvings = 0;
  while (odd % 2 === 0) {
    odd /= 2;
    halvings += 1;
  }
  return witnesses.every((witness) => passesMillerRabin(n, witness, odd, halvings));
}

function passesMillerRabin(n: number, witness: number, odd: number, halvings: number): boolean {
  let power = 1;
  let square = witness;
  for (let rest = odd; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiplyModulo(power, square, n);
    square = multiplyModulo(square, square, n);
  }
  if (power === 1 || power === n - 1) return true;
  for (let round = 1; round < halvings; round += 1) {
    power = multiplyModulo(power, power, n);
    if (power === n - 1) return true;
  }
  return false;
}

function bitwise(
  name: string,
  onWords: (a: number, b: number) => number,
  onAll: (a: bigint, b: bigint) => bigint,
): Float64Function {
  return (values, base) => {
    const a = safe(values[base] as number, name);
    const b = safe(values[base + 1] as number, name);
    if ((a | 0) === a && (b | 0) === b) return onWords(a, b);
    return Number(onAll(BigInt(a), BigInt(b)));
  };
}

function shift(a: number, n: number, name: string): number {
  whole(a, name);
  if (whole(n, name) < 0) fault('DOMAIN', `${name} shifts by an integer of at least 0.`);
  return n;
}

function shiftLeft(values: Float64Array, base: number): number {
  const a = values[base] as number;
  const n = shift(a, values[base + 1] as number, 'shl');
  if (a === 0) return 0;
  if (n > 1_023) fault('TOO_BIG', 'shl in float64 mode shifts by at most 1023 bits; use bigint mode.');
  return scaleByPowerOfTwo(a, n);
}

function shiftRight(values: Float64Array, base: number): number {
  const a = values[base] as number;
  const n = shift(a, values[base + 1] as number, 'shr');
  return n > 1_023 ? -Number(a < 0) : Math.floor(scaleByPowerOfTwo(a, -n));
}

export const wholeFunctions: readonly (readonly [string, Float64Function])[] = [
  ['gcd', gcd],
  ['lcm', lcm],
  ['factorial', (values, base) => factorial(values[base] as number)],
  ['comb', combinations],
  ['perm', permutations],
  [
    'bitand',
    bitwise(
      'bitand',
      (a, b) => a & b,
      (a, b) => a & b,
    ),
  ],
  [
    'bitor',
    bitwise(
      'bitor',
      (a, b) => a | b,
      (a, b) => a | b,
    ),
  ],
  [
    'bitxor',
    bitwise(
      'bitxor',
      (a, b) => a ^ b,
      (a, b) => a ^ b,
    ),
  ],
  ['bitnot', (values, base) => -safe(values[base] as number, 'bitnot') - 1],
  ['shl', shiftLeft],
  ['shr', shiftRight],
];

/** Functions that return a Boolean. */
export const float64Predicates: ReadonlyMap<
  string,
  (values: Float64Array, base: number, count: number, budget: Budget) => boolean
> = new Map([
  [
    'isprime',
    (values: Float64Array, base: number, _count: number, budget: Budget) => {
      const n = safe(values[base] as number, 'isprime');
      budget.charge(n < 1e6 ? 10 : 200);
      return isPrime(n);
    },
  ],
]);
