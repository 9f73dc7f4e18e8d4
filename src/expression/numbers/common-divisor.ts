import { absolute, bitLength } from './integer-size.ts';

const safeInteger = 9_007_199_254_740_991n;
/** Bits of the leading parts on which a batch of Euclid's steps is worked out. */
const leadingBits = 53;
/** Below this size (bits) plain division is as fast. */
const batchedBits = 192;

/**
 * The greatest common divisor, never negative. Euclid's algorithm in Lehmer's way (Knuth 4.5.2, Algorithm L): the
 * quotients depend almost only on the leading digits, so a dozen steps are worked out on doubles and applied to the
 * several digits in one step.
 */
export function greatestCommonDivisor(first: bigint, second: bigint): bigint {
  let a = absolute(first);
  let b = absolute(second);
  if (a < b) [a, b] = [b, a];
  while (b > safeInteger) {
    const bits = bitLength(a);
    const steps = bits > batchedBits ? leadingSteps(a, b, BigInt(bits - leadingBits)) : undefined;
    if (steps === undefined) {
      [a, b] = [b, a % b];
    } else {
      const [p, q, r, s] = steps;
      [a, b] = [BigInt(p) * a + BigInt(q) * b, BigInt(r) * a + BigInt(s) * b];
    }
  }
  if (b === 0n) return a;
  return BigInt(smallCommonDivisor(Number(b), Number(a % b)));
}

function smallCommonDivisor(first: number, second: number): number {
  let a = first;
  let b = second;
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** The largest factor that stays exact when multiplied with a quotient and added. */
const factorMax = 2 ** 26;

/** The matrix of as many steps as the leading bits of a >= b decide for certain; undefined if they decide none. */
function leadingSteps(a: bigint, b: bigint, shift: bigint): readonly [number, number, number, number] | undefined {
  let x = Number(a >> shift);
  let y = Number(b >> shift);
  let [p, q, r, s] = [1, 0, 0, 1];
  while (y + r !== 0 && y + s !== 0) {
    const quotient = Math.floor((x + p) / (y + r));
    if (quotient !== Math.floor((x + q) / (y + s))) break;
    const [nextR, nextS] = [p - quotient * r, q - quotient * s];
    if (Math.abs(nextR) > factorMax || Math.abs(nextS) > factorMax) break;
    [p, q, r, s] = [r, s, nextR, nextS];
    [x, y] = [y, x - quotient * y];
  }
  return q === 0 ? undefined : [p, q, r, s];
}
