import { bitLength } from '../numbers/integer-size.ts';

/** Doubles as integers times powers of two, exactly. `2 ** n` on numbers is avoided: the language leaves its accuracy open. */

/** value = mantissa × 2^exponent. */
export interface DoubleParts {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const bits = new DataView(new ArrayBuffer(8));

/** Bits of a mantissa. */
export const mantissaBits = 53;
/** The exponent of the least double; every double is an integer times its power of two. */
export const leastExponent = -1_074;
export const exponentMax = 1_023;

/** 2^exponent for an exponent from -1022 to 1023. */
export function powerOfTwo(exponent: number): number {
  bits.setUint32(0, (exponent + exponentMax) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

const lift = powerOfTwo(64);

/** The e of x = m × 2^e with 1 <= m < 2, for x > 0. */
export function binaryExponent(x: number): number {
  bits.setFloat64(0, x);
  const field = bits.getUint16(0) >> 4;
  return field === 0 ? binaryExponent(x * lift) - 64 : field - exponentMax;
}

const step = 1_000;
const stepUp = powerOfTwo(step);
const stepDown = powerOfTwo(-step);

/** x × 2^exponent for |exponent| < 3,000, exact unless the result leaves the range of normal doubles. */
export function scaleByPowerOfTwo(x: number, exponent: number): number {
  if (exponent > step) return scaleByPowerOfTwo(x * stepUp, exponent - step);
  if (exponent < -step) return scaleByPowerOfTwo(x * stepDown, exponent + step);
  return x * powerOfTwo(exponent);
}

/** A double other than 0 with an odd mantissa. */
export function oddParts(x: number): DoubleParts {
  let { mantissa, exponent } = partsOf(x);
  while ((mantissa & 0xffffn) === 0n) {
    mantissa >>= 16n;
    exponent += 16;
  }
  while ((mantissa & 1n) === 0n) {
    mantissa >>= 1n;
    exponent += 1;
  }
  return { mantissa, exponent };
}

export function partsOf(x: number): DoubleParts {
  if (x === 0) return { mantissa: 0n, exponent: 0 };
  const exponent = Math.max(binaryExponent(Math.abs(x)) - mantissaBits + 1, leastExponent);
  return { mantissa: BigInt(scaleByPowerOfTwo(x, -exponent)), exponent };
}

/** The nearest double to mantissa × 2^exponent, ties to even; subnormal, 0 or infinite where that is the nearest. */
export function nearestDouble(mantissa: bigint, exponent: number): number {
  if (mantissa < 0n) return -nearestDouble(-mantissa, exponent);
  if (mantissa === 0n) return 0;
  const length = bitLength(mantissa);
  const top = exponent + length;
  if (top > exponentMax + 1) return Infinity;
  const dropped = Math.max(length - mantissaBits, leastExponent - exponent);
  if (dropped <= 0) return scaleByPowerOfTwo(Number(mantissa), exponent);
  if (dropped > length) return 0;
  const shift = BigInt(dropped);
  const kept = mantissa >> shift;
  const twiceRest = (mantissa - (kept << shift)) << 1n;
  const unit = 1n << shift;
  const isUp = twiceRest > unit || (twiceRest === unit && (kept & 1n) === 1n);
  return scaleByPowerOfTwo(Number(isUp ? kept + 1n : kept), exponent + dropped);
}
