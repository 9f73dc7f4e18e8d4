import { arcTangentFixed, piFixed, type SineAndCosine, sineAndCosineFixed } from './fixed-point.ts';
import { absolute } from './integer-size.ts';

/** Angles of all four quarters of the circle on fixed-point numbers (see `fixed-point.ts`). */

/**
 * Sine and cosine of `size` >= 0, a fixed-point number of `wide` bits: at least 8 more than `bits`, and as many as the
 * integer part of the angle has. Each off by less than 32 units of 2^-bits.
 */
export function sineAndCosineOf(size: bigint, wide: number, bits: number): SineAndCosine {
  // size = quarter × pi/2 + rest, |rest| <= pi/4
  const halfPi = piFixed(wide) >> 1n;
  const quarter = (2n * size + halfPi) / (2n * halfPi);
  const rest = size - quarter * halfPi;
  const { sine, cosine } = sineAndCosineFixed(absolute(rest) >> BigInt(wide - bits), bits);
  return turned(rest < 0n ? -sine : sine, cosine, Number(quarter & 3n));
}

/** Sine and cosine of an angle that is so many quarters of a circle larger. */
function turned(sine: bigint, cosine: bigint, quarters: number): SineAndCosine {
  switch (quarters) {
    case 0:
      return { sine, cosine };
    case 1:
      return { sine: cosine, cosine: -sine };
    case 2:
      return { sine: -sine, cosine: -cosine };
    default:
      return { sine: -cosine, cosine: sine };
  }
}

/** The error of `arcOf` at a point on the unit circle whose sine or cosine is given, in units: at most. */
export const arcError = 128n;

/** The angle of the point (x, y), both at least 0 and not both 0. Off by less than 104 units if they are exact. */
export function arcOf(y: bigint, x: bigint, bits: number): bigint {
  const shift = BigInt(bits);
  return y <= x
    ? arcTangentFixed((y << shift) / x, bits)
    : (piFixed(bits) >> 1n) - arcTangentFixed((x << shift) / y, bits);
}
