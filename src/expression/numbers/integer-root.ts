import { approximateLog2, bitLength } from './integer-size.ts';

/** The largest integer whose square is at most `value` >= 0. */
export function integerSquareRoot(value: bigint): bigint {
  if (value < 4_503_599_627_370_496n /* 2^52: the root of the double is then exact */) {
    return BigInt(Math.floor(Math.sqrt(Number(value))));
  }
  const bits = bitLength(value);
  if (bits <= 100) return settled(value, BigInt(Math.floor(Math.sqrt(Number(value)))));
  // The root of the leading half gives half of the digits, and one step of Newton's all of them (but for the last).
  const shift = BigInt((bits >> 2) - 1);
  const leading = integerSquareRoot(value >> (shift * 2n)) << shift;
  return settled(value, (leading + value / leading) >> 1n);
}

function settled(value: bigint, estimate: bigint): bigint {
  let root = estimate;
  while (root * root > value) root -= 1n;
  while ((root + 1n) * (root + 1n) <= value) root += 1n;
  return root;
}

/** The largest integer whose `degree`-th power (degree >= 1) is at most `value` >= 0. */
export function integerRoot(value: bigint, degree: number): bigint {
  if (degree === 1 || value < 2n) return value;
  if (degree === 2) return integerSquareRoot(value);
  if (degree >= bitLength(value)) return 1n;
  const power = BigInt(degree);
  const less = power - 1n;
  let root = startAbove(value, degree);
  // From above, Newton's steps fall to the root and stop there.
  for (;;) {
    const next = (less * root + value / root ** less) / power;
    if (next >= root) return root;
    root = next;
  }
}

/** Not below the root, and near it: the leading 40 bits are right. */
function startAbove(value: bigint, degree: number): bigint {
  const logarithm = approximateLog2(value) / degree;
  const shift = Math.max(Math.floor(logarithm) - 40, 0);
  const leading = Math.floor(2 ** (logarithm - shift) * (1 + 1e-11)) + 1;
  return BigInt(leading) << BigInt(shift);
}
