import { approximateLog2 } from './integer-size.ts';

/** Factors multiplied one after the other; longer runs are halved, so that long numbers meet long numbers. */
const runLength = 8;

/** first × (first + 1) × … × last; 1 if there are none. Both are at least 0. */
export function productOfRange(first: bigint, last: bigint): bigint {
  const count = last - first + 1n;
  if (count <= 0n) return 1n;
  if (count <= runLength) {
    let product = first;
    for (let factor = first + 1n; factor <= last; factor += 1n) product *= factor;
    return product;
  }
  const middle = first + count / 2n;
  return productOfRange(first, middle - 1n) * productOfRange(middle, last);
}

/** log2(n!), by Stirling's series; the error is below 0.0001. */
export function factorialBits(n: number): number {
  if (n < 2) return 0;
  return (n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3)) / Math.LN2;
}

/** n × (n - 1) × … × (n - k + 1) for 0 <= k <= n. */
export function permutations(n: bigint, k: bigint): bigint {
  return productOfRange(n - k + 1n, n);
}

/** Bits of `permutations(n, k)`, off by less than 0.01. */
export function permutationBits(n: bigint, k: bigint): number {
  if (k === 0n) return 0;
  // Beyond any limit, and k has no exact double.
  if (k > exactCountMax) return Infinity;
  const count = Number(k);
  // With so many numbers to choose from, the middle one of the factors stands for all.
  if (n > exactCountMax) return count * approximateLog2(n - (k - 1n) / 2n);
  return factorialBits(Number(n)) - factorialBits(Number(n) - count);
}

/** Bits of n over k for 0 <= k <= n / 2, likewise. */
export function combinationBits(n: bigint, k: bigint): number {
  return permutationBits(n, k) - (k > exactCountMax ? 0 : factorialBits(Number(k)));
}

/** Up to here the difference of two logarithms of factorials keeps enough digits. */
const exactCountMax = 1_000_000n;

/** n over k for 0 <= k <= n / 2. */
export function combinations(n: bigint, k: bigint): bigint {
  return permutations(n, k) / productOfRange(1n, k);
}
