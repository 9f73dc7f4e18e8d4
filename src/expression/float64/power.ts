import { invert, multiply } from './double-double.ts';

/** Beyond this the accumulated error of repeated squaring could reach the last place; such powers leave the range of doubles unless the base is very close to 1. */
const exactExponentMax = 2 ** 31;

const scale = 2 ** 256;

const result = { high: 1, low: 0 };
const square = { high: 1, low: 0 };

/** x^n for a whole n, correctly rounded in all but a vanishing share of cases: Math.pow is off by one in the last place in one of ten, and differs between versions of the host. */
export function powerInteger(x: number, n: number): number {
  const small = smallPower(x, n);
  if (small !== undefined) return small;
  if (x === 0) return n > 0 ? 0 : Infinity;
  if (Math.abs(n) > exactExponentMax) return x ** n;
  const exponent = binaryExponent(Math.abs(x));
  square.high = scaleByPowerOfTwo(Math.abs(x), -exponent);
  square.low = 0;
  result.high = 1;
  result.low = 0;
  let resultExponent = 0;
  let squareExponent = exponent;
  // Mantissas stay below 2^512 and exponents are counted apart, so that nothing overflows on the way to a small result.
  for (let rest = Math.abs(n); ;) {
    if (rest % 2 === 1) {
      multiply(result, square, result);
      resultExponent += squareExponent;
      if (result.high > scale) {
        result.high /= scale;
        result.low /= scale;
        resultExponent += 256;
      }
    }
    rest = Math.floor(rest / 2);
    if (rest === 0) break;
    multiply(square, square, square);
    squareExponent *= 2;
    if (square.high > scale) {
      square.high /= scale;
      square.low /= scale;
      squareExponent += 256;
    }
  }
  if (n < 0) {
    invert(result, result);
    resultExponent = -resultExponent;
  }
  const size = roundScaled(result.high, result.low, resultExponent);
  return x < 0 && Math.abs(n) % 2 === 1 ? -size : size;
}

/** The power by plain products where all of them are exact: the usual case. */
function smallPower(x: number, n: number): number | undefined {
  if (n === 0) return 1;
  if (n === 1) return x;
  if (n < 0 || n > 64 || !Number.isInteger(x)) return undefined;
  let power = x;
  for (let count = 1; count < n; count += 1) {
    power *= x;
    if (Math.abs(power) > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return power;
}

/** (high + low) * 2^exponent with a single rounding, also where the result is a subnormal; high is positive. */
function roundScaled(high: number, low: number, exponent: number): number {
  const ownExponent = binaryExponent(high);
  const mantissa = scaleByPowerOfTwo(high, -ownExponent);
  const rest = scaleByPowerOfTwo(low, -ownExponent);
  const total = exponent + ownExponent;
  if (total > 1023) return Infinity;
  if (total >= -1022) return scaleByPowerOfTwo(mantissa, total);
  if (total < -1075) return 0;
  // Adding 2^(-1022 - total) drops just the bits that the subnormal has no room for; the second addition rounds by what is left over.
  const big = 2 ** (-1022 - total);
  const sum = big + mantissa;
  const rounded = sum + (mantissa - (sum - big) + rest);
  return scaleByPowerOfTwo(rounded - big, total);
}

const bits = new DataView(new ArrayBuffer(8));

/** The e of x = m * 2^e with 1 <= m < 2, for x > 0. */
export function binaryExponent(x: number): number {
  if (x < 2 ** -1022) return binaryExponent(x * 2 ** 64) - 64;
  bits.setFloat64(0, x);
  return (bits.getUint16(0) >> 4) - 1023;
}

/** x * 2^exponent, in two steps where the factor alone would be no double. */
function scaleByPowerOfTwo(x: number, exponent: number): number {
  if (exponent > 1000) return x * 2 ** 1000 * 2 ** (exponent - 1000);
  if (exponent < -1000) return x * 2 ** (exponent + 1000) * 2 ** -1000;
  return x * 2 ** exponent;
}
