import { primalityMultiplications } from './primality.ts';

/**
 * What the number modes charge on top of the fixed units of an operator or a call, by size of the operands in bits. One
 * unit is about 50 ns. Each formula is an upper bound of what V8 takes for operands of that size (schoolbook, though V8
 * is faster from some thousand bits on), so that a line of all its units never takes much longer than it should.
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

/** a × b, a / b, or a mod b. */
export function multiplicationCost(aBits: number, bBits: number): number {
  if (aBits <= coveredBits && bBits <= coveredBits) return 0;
  return Math.ceil((words(aBits) * words(bBits)) / 16) + linearCost(Math.max(aBits, bBits));
}

export function commonDivisorCost(aBits: number, bBits: number): number {
  const bits = Math.max(aBits, bBits);
  if (bits <= coveredBits) return 0;
  return (
    multiplicationCost(aBits, bBits) + Math.ceil(Math.min(aBits, bBits) * (1 + words(Math.min(aBits, bBits)) / 64) * 2)
  );
}

/** A whole power whose result has so many bits; none if it may have 15 digits. */
export function wholePowerCost(bits: number): number {
  return bits <= 128 ? 0 : 2 + 2 * multiplicationCost(bits / 2, bits / 2);
}

/** The product of `count` numbers, of so many bits together. */
export function productCost(count: number, bits: number): number {
  return bits <= 160 ? 0 : 2 * count + 3 * multiplicationCost(bits / 2, bits / 2);
}

/** The whole root of a number of so many bits, by Newton's method. */
export function rootCost(bits: number, degree: number): number {
  const rounds = degree === 2 ? 2 : 8 + Math.ceil(Math.log2(bits));
  return 20 + rounds * (4 + 3 * multiplicationCost(bits, bits));
}

export function primalityCost(bits: number): number {
  return bits <= 10 ? 0 : primalityMultiplications(bits) * (4 + 3 * multiplicationCost(bits, bits));
}

/** One evaluation of an elementary function on fixed-point numbers of so many bits. */
export function functionCost(bits: number): number {
  return Math.ceil(60 + bits / 2 + words(bits) ** 2 * 3);
}
