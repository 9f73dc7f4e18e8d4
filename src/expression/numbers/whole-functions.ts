import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { commonDivisorCost, primalityCost, productCost, wholePowerCost } from './costs.ts';
import { greatestCommonDivisor } from './common-divisor.ts';
import { absolute, bitLength } from './integer-size.ts';
import { isPrime } from './primality.ts';
import {
  combinationBits,
  combinations,
  factorialBits,
  permutationBits,
  permutations,
  productOfRange,
} from './products.ts';

/** The functions of integers that the exact modes and decimal share. What a mode allows them: */
export interface WholeLimits {
  /** Bits of a result. */
  readonly bitsMax: number;
  /** The largest n of n!. */
  readonly factorialMax: number;
  /** How a result of more bits is rejected. */
  readonly refuse: () => never;
}

/** The estimates of sizes are good to less than that. */
const estimateDoubt = 0.01;

function checkBits(bits: number, { bitsMax, refuse }: WholeLimits): void {
  if (bits > bitsMax + estimateDoubt) refuse();
}

export function tooBig(limitText: string): never {
  fault('TOO_BIG', `The result would be longer than ${limitText}.`);
}

export function commonDivisor(values: readonly bigint[], budget: Budget): bigint {
  let divisor = absolute(values[0] ?? 0n);
  for (let index = 1; index < values.length; index += 1) {
    const value = values[index] ?? 0n;
    budget.charge(commonDivisorCost(bitLength(divisor), bitLength(value)));
    divisor = greatestCommonDivisor(divisor, value);
  }
  return divisor;
}

export function commonMultiple(values: readonly bigint[], limits: WholeLimits, budget: Budget): bigint {
  let multiple = absolute(values[0] ?? 0n);
  for (let index = 1; index < values.length; index += 1) {
    const value = absolute(values[index] ?? 0n);
    if (multiple === 0n || value === 0n) return 0n;
    const divisor = commonDivisor([multiple, value], budget);
    const factor = value / divisor;
    // The product has one bit less at the least.
    checkBits(bitLength(multiple) + bitLength(factor) - 1, limits);
    multiple *= factor;
  }
  return multiple;
}

export function factorialOf(n: bigint, limits: WholeLimits, budget: Budget): bigint {
  if (n < 0n) fault('DOMAIN', 'The factorial of a negative number is not defined.');
  if (n > limits.factorialMax) fault('TOO_BIG', `Factorials are computed up to ${limits.factorialMax}! in this mode.`);
  const bits = factorialBits(Number(n));
  checkBits(bits, limits);
  budget.charge(productCost(Number(n), bits));
  return productOfRange(1n, n);
}

function checkChoice(n: bigint, k: bigint, name: string): void {
  if (n < 0n || k < 0n) fault('DOMAIN', `${name} takes integers of at least 0.`);
}

/** The number of ways to choose k of n things in order; 0 if there are not that many. */
export function chooseOrdered(n: bigint, k: bigint, limits: WholeLimits, budget: Budget): bigint {
  checkChoice(n, k, 'perm');
  if (k > n) return 0n;
  const bits = permutationBits(n, k);
  checkBits(bits, limits);
  budget.charge(productCost(Number(k), bits));
  return permutations(n, k);
}

/** The number of ways to choose k of n things; 0 if there are not that many. */
export function chooseUnordered(n: bigint, count: bigint, limits: WholeLimits, budget: Budget): bigint {
  checkChoice(n, count, 'comb');
  if (count > n) return 0n;
  const k = n - count < count ? n - count : count;
  checkBits(combinationBits(n, k), limits);
  const bits = permutationBits(n, k);
  budget.charge(2 * productCost(Number(k), bits));
  return combinations(n, k);
}

/** Any shift by more empties the longest number. */
const shiftMax = 1_000_000n;

export function shiftLeft(a: bigint, n: bigint, limits: WholeLimits): bigint {
  checkShift(n, 'shl');
  if (a === 0n) return 0n;
  checkBits(bitLength(a) + Number(n < shiftMax ? n : shiftMax), limits);
  return a << n;
}

/** The largest integer not above a / 2^n. */
export function shiftRight(a: bigint, n: bigint): bigint {
  checkShift(n, 'shr');
  return a >> (n < shiftMax ? n : shiftMax);
}

function checkShift(n: bigint, name: string): void {
  if (n < 0n)
    fault('DOMAIN', `${name} takes a shift of at least 0; use ${name === 'shl' ? 'shr' : 'shl'} for the other way.`);
}

/** base^exponent for exponent >= 0, rejected before it is computed. */
export function wholePower(base: bigint, exponent: bigint, limits: WholeLimits, budget: Budget): bigint {
  if (base === 0n || base === 1n) return exponent === 0n ? 1n : base;
  if (base === -1n) return (exponent & 1n) === 0n ? 1n : -1n;
  // base^exponent has more than (bits - 1) × exponent bits.
  const size = bitLength(base);
  const count = exponent < shiftMax ? Number(exponent) : Infinity;
  checkBits((size - 1) * count + (count === 0 ? 0 : 1), limits);
  budget.charge(wholePowerCost(size * count));
  const result = base ** exponent;
  checkBits(bitLength(result), limits);
  return result;
}

export function primeTest(n: bigint, budget: Budget): boolean {
  budget.charge(primalityCost(bitLength(n)));
  return isPrime(n);
}
