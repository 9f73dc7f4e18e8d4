import { piFixed } from '../numbers/fixed-point.ts';
import { type DoubleDouble, normalize, sumError } from './double-double.ts';
import { tableBits } from './double-double-table.ts';
import { nearestDouble, partsOf } from './double-parts.ts';

/** Below, the angle is its own rest. */
const quarterPi = 0.785;
/** Below, the quarter has at most 19 bits, and its products with parts of pi/2 of at most 34 bits are exact. */
export const smallAngleMax = 524_288; // 2^19
const partBits = 33;
const inverseHalfPi = 0.6366197723675814;

/** pi/2 in three parts, whose last places are 2^-33, 2^-66 and 2^-99, and a rest. */
const halfPi = piFixed(tableBits) >> 1n;
const halfPi1 = halfPiPart(0, partBits);
const halfPi2 = halfPiPart(partBits, 2 * partBits);
const halfPi3 = halfPiPart(2 * partBits, 3 * partBits);
const halfPi4 = halfPiPart(3 * partBits, tableBits);

/** The bits of pi/2 from place 2^-from on, without it, to 2^-to. */
function halfPiPart(from: number, to: number): number {
  const leading = (halfPi >> BigInt(tableBits - from)) << BigInt(to - from);
  return nearestDouble((halfPi >> BigInt(tableBits - to)) - (from === 0 ? 0n : leading), -to);
}

/** The largest difference of an angle from rest + quarter × pi/2. The rest is at most 0.7854 in size. */
export const reductionError = 2 ** -104;

/**
 * rest = angle - quarter × pi/2; returns the quarter modulo 4.
 *
 * Up to 2^19, after Cody and Waite: the products are exact. The first difference is exact too, since it is below 1 and a
 * multiple of 2^-53. The others keep their errors. What remains are three roundings of numbers below 2^-53, and those of
 * halfPi4 × quarter, below 2^-79: less than 2^-104.
 */
export function reduceAngle(angle: number, rest: DoubleDouble): number {
  const size = Math.abs(angle);
  if (size < quarterPi) {
    rest.high = angle;
    rest.low = 0;
    return 0;
  }
  if (size > smallAngleMax) return reduceLargeAngle(angle, rest);
  const quarter = Math.round(angle * inverseHalfPi);
  const first = angle - quarter * halfPi1;
  const subtrahend = -quarter * halfPi2;
  const second = first + subtrahend;
  const subtrahend3 = -quarter * halfPi3;
  const third = second + subtrahend3;
  const low = sumError(first, subtrahend, second) + (sumError(second, subtrahend3, third) - quarter * halfPi4);
  normalize(third, low, rest);
  return quarter & 3;
}

/** 2/pi with as many bits as the largest double (2^1024), its mantissa and a rest of 107 bits next to a multiple of pi/2 need. */
const inverseBits = 1_344;
const inverse = (2n << BigInt(2 * inverseBits)) / piFixed(inverseBits);

/** Bits of the rest. No double lies nearer to a multiple of pi/2 than about 2^-62. */
const restBits = 192;
const halfPiWide = piFixed(restBits) >> 1n;

/** After Payne and Hanek, with integers: angle × 2/pi, whose whole part is the quarter. */
function reduceLargeAngle(angle: number, rest: DoubleDouble): number {
  const { mantissa, exponent } = partsOf(angle);
  // Off by less than 2^(53 + exponent - inverseBits) <= 2^-320 quarters.
  const shift = BigInt(inverseBits - exponent);
  const product = mantissa * inverse;
  const quarter = (product + (1n << (shift - 1n))) >> shift;
  const fraction = (product - (quarter << shift)) >> (shift - BigInt(restBits));
  const value = (fraction * halfPiWide) >> BigInt(restBits);
  rest.high = nearestDouble(value, -restBits);
  const { mantissa: part, exponent: partExponent } = partsOf(rest.high);
  rest.low = nearestDouble(value - (part << BigInt(partExponent + restBits)), -restBits);
  return Number(quarter & 3n);
}
