import { primalityMultiplications } from './primality.ts';

/**
 * Cost units that number modes charge on top of the fixed units of an operator or a call, by size of the operands in bits. One
 * unit is about 50 ns. Each formula is an upper bound of what V8 takes for operands of that size, so that
 * a line never takes much longer than its units say.
 */

/** Operands of up to so many bits (15 digits and more) are covered by the fixed units. */
const coveredBits = 64;
const wordBits = 64;

function words(bits: number): number {
  return Math.ceil(bits / wordBits);
}

/** Writing or copying a number of so many bits, adding two of them. */
export function linearCost(bits: number): number {
  return bits <= coveredBits ? 0 : Math.ceil(words(bits) / 8);
}

/** From so many words on, V8 multiplies by Karatsuba's method and faster ones. */
const schoolbookWords = 34;

/** a × b. */
export function multiplicationCost(aBits: number, bBits: number): number {
  if (aBits <= coveredBits && bBits <= coveredBits) return 0;
  let shorter = words(Math.min(aBits, bBits));
  const pieces = Math.ceil(words(Math.max(aBits, bBits)) / Math.max(shorter, 1));
  let products = 1;
  for (; shorter > schoolbookWords; shorter /= 2) products *= 3;
  return Math.ceil((pieces * products * shorter * shorter) / 16) + linearCost(Math.max(aBits, bBits));
}

/** a / b or a mod b. */
export function divisionCost(aBits: number, bBits: number): number {
  return 2 * multiplicationCost(Math.max(aBits - bBits, wordBits), bBits) + linearCost(aBits);
}

export function commonDivisorCost(aBits: number, bBits: number): number {
  const bits = Math.max(aBits, bBits);
  if (bits <= coveredBits) return 0;
  return (
    multiplicationCost(aBits, bBits) + Math.ceil(Math.min(aBits, bBits) * (1 + words(Math.min(aBits, bBits)) / 128) * 2)
  );
}

/** A whole power whose result has so many bits; none if it may have 15 digits. */
export function wholePowerCost(bits: number): number {
  return bits <= 128 ? 0 : 20 + 2 * multiplicationCost(bits / 2, bits / 2);
}

/** Powers of ten of up to so many bits come from a table. */
const tabledPowerBits = 2_048;

/** A power of ten of so many bits. */
export function powerOfTenCost(bits: number): number {
  return bits <= tabledPowerBits ? 0 : wholePowerCost(bits);
}

/** Rounding a number of so many bits to the precision of a decimal; the usual ones are covered. */
export function roundingCost(bits: number): number {
  return bits <= 640 ? 0 : divisionCost(bits, bits) + powerOfTenCost(bits);
}

/**
 * A literal of so many bits: reading it, and what the operation that takes it does beyond its usual work, which is a
 * few products, quotients and powers of ten of that size. No literal is taken by more than one operation.
 */
export function literalCost(bits: number): number {
  return bits <= 640 ? 0 : 4 * (divisionCost(2 * bits, bits) + powerOfTenCost(bits)) + linearCost(bits);
}

/** One addition to a sum of so many bits, from the sizes on that only long literals have. */
export function longSumCost(bits: number): number {
  return bits <= 1_024 ? 0 : linearCost(bits) + multiplicationCost(bits / 2, bits / 2) + powerOfTenCost(bits / 2);
}

/** 10^places modulo a number of so many bits, and a product with it. */
export function modularScalingCost(bits: number, places: number): number {
  return Math.ceil(Math.log2(places)) * (2 + 3 * multiplicationCost(bits, bits));
}

/** The product of `count` numbers, of so many bits together. */
export function productCost(count: number, bits: number): number {
  return bits <= 160 ? 0 : 2 * count + 3 * multiplicationCost(bits / 2, bits / 2);
}

/** The whole root of a number of so many bits, by Newton's method from 40 bits on. */
export function rootCost(bits: number, degree: number): number {
  if (degree === 2) return 30 + 6 * multiplicationCost(bits / 2, bits / 2);
  const rounds = 3 + Math.max(Math.ceil(Math.log2(bits / (degree * 40))), 0);
  return 30 + rounds * (20 + multiplicationCost(bits / 2, bits / 2) + divisionCost(bits, bits - bits / degree));
}

export function primalityCost(bits: number): number {
  return bits <= 10 ? 0 : primalityMultiplications(bits) * (3 + 3 * multiplicationCost(bits, bits));
}

/** The square root of a decimal. */
export function decimalRootCost(precision: number): number {
  return 80 + precision;
}

/** Sorting so many numbers. */
export function sortingCost(count: number): number {
  return 4 * count * Math.ceil(Math.log2(count + 1));
}

/** One evaluation of an elementary function on fixed-point numbers of so many bits. */
export function functionCost(bits: number): number {
  return Math.ceil(60 + bits / 2 + words(bits) ** 2 * 3);
}
