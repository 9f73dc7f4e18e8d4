import type { Budget } from '../budget.ts';
import { piFixed } from '../numbers/fixed-point.ts';
import { createDoubleDouble, type DoubleDouble, multiplyBy } from './double-double.ts';
import { doubleDoubleOf, tableBits } from './double-double-table.ts';
import { binaryExponent, scaleByPowerOfTwo } from './double-parts.ts';
import { exactDeg, exactRad } from './exact-functions.ts';
import { roundedScaled } from './rounding.ts';

const pi = piFixed(tableBits + 8);
const degreesPerRadian = doubleDoubleOf((180n << BigInt(2 * tableBits + 8)) / pi);
const radiansPerDegree = doubleDoubleOf(pi / (180n << 8n));

/** A product of a double and a factor of twice the precision, whose last bits are off by 2^-100 of it at most. */
const relativeError = 2 ** -99;

const product = createDoubleDouble();

function roundedProduct(x: number, factor: DoubleDouble): number {
  const exponent = binaryExponent(Math.abs(x));
  multiplyBy(factor, scaleByPowerOfTwo(x, -exponent), product);
  return roundedScaled(product.high, product.low, relativeError * Math.abs(product.high), exponent);
}

/** Radians to degrees. */
export function deg(x: number, budget: Budget): number {
  if (x === 0) return x;
  const result = roundedProduct(x, degreesPerRadian);
  return result === result ? result : exactDeg(x, budget);
}

/** Degrees to radians. */
export function rad(x: number, budget: Budget): number {
  if (x === 0) return x;
  const result = roundedProduct(x, radiansPerDegree);
  return result === result ? result : exactRad(x, budget);
}
