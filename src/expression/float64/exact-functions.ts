import type { Budget } from '../budget.ts';
import { arcError, arcOf, sineAndCosineOf } from '../numbers/fixed-point-angles.ts';
import { expFixed, ln10Fixed, ln2Fixed, lnFixed, piFixed, workingBits } from '../numbers/fixed-point.ts';
import { integerSquareRoot } from '../numbers/integer-root.ts';
import { absolute, bitLength } from '../numbers/integer-size.ts';
import { binaryExponent, partsOf } from './double-parts.ts';
import { type Enclosure, exactlyRounded, quotientOf } from './exact-rounding.ts';

/**
 * The functions on fixed-point integers, for the few arguments where a fast path cannot decide the rounding: the same
 * under every JavaScript engine. The bigint v stands for v / 2^bits, and all errors are in units of 2^-bits, as
 * `fixed-point.ts` states them. The fast paths have settled trivial arguments (0, 1, infinite results) before.
 */

/** x as a fixed-point number, off by less than 1 unit. */
function fixed(x: number, bits: number): bigint {
  const { mantissa, exponent } = partsOf(x);
  return shifted(mantissa, exponent + bits);
}

function shifted(value: bigint, places: number): bigint {
  return places >= 0 ? value << BigInt(places) : value >> BigInt(-places);
}

/** Bits beyond those of a result: for multiples of ln 2 of up to 2^11, and products with an exponent. */
const guardBits = 32;

/** e^x for the fixed-point number x of bits + guardBits bits that is off by less than 2^16 units of its own; |x| < 2,000. */
function exponentialOf(x: bigint, bits: number): Enclosure {
  // x = power × ln 2 + rest, and so e^x = e^rest × 2^power. A double's worth of the quotient is enough.
  const ln2 = ln2Fixed(bits + guardBits);
  const power = (2n * x + ln2) / (2n * ln2) - (2n * x + ln2 < 0n ? 1n : 0n);
  const mantissa = expFixed((x - power * ln2) >> BigInt(guardBits), bits);
  return { mantissa, exponent: Number(power) - bits, error: 80n };
}

function exponential(x: number, bits: number): Enclosure {
  return exponentialOf(fixed(x, bits + guardBits), bits);
}

/** ln(mantissa × 2^exponent) for a mantissa > 0, off by less than 256 units. */
function logarithmOf(mantissa: bigint, exponent: number, bits: number): Enclosure {
  const length = bitLength(mantissa);
  let argument = shifted(mantissa, bits - length);
  let power = exponent + length;
  if (argument * 10n < 7n << BigInt(bits)) {
    argument = shifted(mantissa, bits - length + 1);
    power -= 1;
  }
  const multiple = (BigInt(power) * ln2Fixed(bits + guardBits)) >> BigInt(guardBits);
  return { mantissa: lnFixed(argument, bits) + multiple, exponent: -bits, error: 256n };
}

function logarithm(x: number, bits: number): Enclosure {
  const { mantissa, exponent } = partsOf(x);
  return logarithmOf(mantissa, exponent, bits);
}

export function exactExp(x: number, budget: Budget): number {
  return exactlyRounded(budget, 1, (bits) => exponential(x, bits));
}

export function exactExpm1(x: number, budget: Budget): number {
  return exactlyRounded(budget, 1, (bits) => {
    const { mantissa, exponent, error } = exponential(x, bits);
    const places = exponent + bits;
    const scale = places > 0 ? 1n << BigInt(places) : 1n;
    return { mantissa: shifted(mantissa, places) - (1n << BigInt(bits)), exponent: -bits, error: (error + 1n) * scale };
  });
}

/** (e^x + sign × e^-x) / 2. */
export function exactHyperbolic(x: number, sign: 1n | -1n, budget: Budget): number {
  const size = exactlyRounded(budget, 1, (bits) => {
    const { mantissa, exponent, error } = exponential(Math.abs(x), bits);
    const inverse = shifted((1n << BigInt(2 * bits)) / mantissa, -2 * (exponent + bits));
    // The inverse of a mantissa of at least 0.5 is off by at most 4 times as much.
    return { mantissa: mantissa + sign * inverse, exponent: exponent - 1, error: 13n * error + 2n };
  });
  return x < 0 && sign === -1n ? -size : size;
}

export function exactTanh(x: number, budget: Budget): number {
  const size = exactlyRounded(budget, 1, (bits) => {
    const { mantissa, exponent, error } = exponential(-2 * Math.abs(x), bits);
    const power = shifted(mantissa, exponent + bits);
    const unit = 1n << BigInt(bits);
    return { mantissa: ((unit - power) << BigInt(bits)) / (unit + power), exponent: -bits, error: 2n * error + 4n };
  });
  return x < 0 ? -size : size;
}

export function exactLn(x: number, budget: Budget): number {
  return exactlyRounded(budget, 1, (bits) => logarithm(x, bits));
}

export function exactLog2(x: number, budget: Budget): number {
  return exactlyRounded(budget, 1, (bits) =>
    quotientOf(logarithm(x, bits), { mantissa: ln2Fixed(bits), exponent: -bits, error: 1n }, bits),
  );
}

export function exactLog10(x: number, budget: Budget): number {
  return exactlyRounded(budget, 1, (bits) =>
    quotientOf(logarithm(x, bits), { mantissa: ln10Fixed(bits), exponent: -bits, error: 1n }, bits),
  );
}

/** ln x / ln base, of two doubles that are no powers of one number. */
export function exactLog(x: number, base: number, budget: Budget): number {
  return exactlyRounded(budget, 2, (bits) => quotientOf(logarithm(x, bits), logarithm(base, bits), bits));
}

export function exactLog1p(x: number, budget: Budget): number {
  const { mantissa, exponent } = partsOf(x);
  const sum = exponent < 0 ? mantissa + (1n << BigInt(-exponent)) : shifted(mantissa, exponent) + 1n;
  return exactlyRounded(budget, 1, (bits) => logarithmOf(sum, Math.min(exponent, 0), bits));
}

/** ln(|x| + sqrt(x² + sign)): the inverse of sinh (with the sign of x) or of cosh. */
export function exactInverseHyperbolic(x: number, sign: 1n | -1n, budget: Budget): number {
  const size = exactlyRounded(budget, 2, (bits) => {
    const argument = fixed(Math.abs(x), bits);
    const root = integerSquareRoot(argument * argument + sign * (1n << BigInt(2 * bits)));
    return { ...logarithmOf(argument + root, -bits, bits), error: 266n };
  });
  return x < 0 ? -size : size;
}

export function exactAtanh(x: number, budget: Budget): number {
  const { mantissa, exponent } = partsOf(Math.abs(x));
  const unit = 1n << BigInt(-exponent);
  const size = exactlyRounded(budget, 2, (bits) => {
    const quotient = ((unit + mantissa) << BigInt(bits)) / (unit - mantissa);
    return { ...logarithmOf(quotient, -bits, bits), exponent: -bits - 1, error: 258n };
  });
  return x < 0 ? -size : size;
}

interface Angle {
  readonly sine: Enclosure;
  readonly cosine: Enclosure;
}

function sineAndCosine(x: number, bits: number): Angle {
  // pi is taken with as many more bits as the integer part of x has.
  const wide = workingBits(bits + Math.max(binaryExponent(Math.abs(x)), 0) + 8);
  const { sine, cosine } = sineAndCosineOf(fixed(Math.abs(x), wide), wide, bits);
  const of = (mantissa: bigint): Enclosure => ({ mantissa, exponent: -bits, error: 32n });
  return { sine: of(x < 0 ? -sine : sine), cosine: of(cosine) };
}

export function exactSin(x: number, budget: Budget): number {
  return exactlyRounded(budget, 1, (bits) => sineAndCosine(x, bits).sine);
}

export function exactCos(x: number, budget: Budget): number {
  return exactlyRounded(budget, 1, (bits) => sineAndCosine(x, bits).cosine);
}

export function exactTan(x: number, budget: Budget): number {
  return exactlyRounded(budget, 1, (bits) => {
    const { sine, cosine } = sineAndCosine(x, bits);
    return quotientOf(sine, cosine, bits);
  });
}

/** sqrt(1 - sine²), off by at most 1 unit beyond what follows from the error of the sine. */
function complement(sine: bigint, bits: number): bigint {
  return integerSquareRoot((1n << BigInt(2 * bits)) - sine * sine);
}

/** For 2^-28 <= |x| < 1, which is exact as a fixed-point number. */
export function exactAsin(x: number, budget: Budget): number {
  const size = exactlyRounded(budget, 2, (bits) => {
    const sine = fixed(Math.abs(x), bits);
    return { mantissa: arcOf(sine, complement(sine, bits), bits), exponent: -bits, error: arcError };
  });
  return x < 0 ? -size : size;
}

/** For |x| < 1. */
export function exactAcos(x: number, budget: Budget): number {
  return exactlyRounded(budget, 2, (bits) => {
    const cosine = fixed(Math.abs(x), bits);
    const arc = arcOf(complement(cosine, bits), cosine, bits);
    return { mantissa: x < 0 ? piFixed(bits) - arc : arc, exponent: -bits, error: arcError };
  });
}

/** If y is more than this many bits below x, atan(y / x) is y / x less a trifle that only breaks ties. */
const trifleBits = 200;

/** The angle of the point (x, y), both other than 0. */
export function exactAtan2(y: number, x: number, budget: Budget): number {
  const top = partsOf(Math.abs(y));
  const bottom = partsOf(Math.abs(x));
  const gap = binaryExponent(Math.abs(y)) - binaryExponent(Math.abs(x));
  const exponent = top.exponent - bottom.exponent;
  const size = exactlyRounded(budget, 1, (bits) => {
    if (gap < -trifleBits && x > 0) return slightlyLess(top.mantissa, bottom.mantissa, exponent, bits);
    const limit = 4 * bits;
    // Beyond this limit, the smaller coordinate adds less than a unit to the angle.
    const above = top.mantissa << BigInt(Math.min(Math.max(exponent, 0), limit));
    const below = bottom.mantissa << BigInt(Math.min(Math.max(-exponent, 0), limit));
    const arc = arcOf(above, below, bits);
    return { mantissa: x < 0 ? piFixed(bits) - arc : arc, exponent: -bits, error: arcError };
  });
  return y < 0 ? -size : size;
}

/** top / bottom × 2^exponent less some 2^-2·trifleBits of it. */
function slightlyLess(top: bigint, bottom: bigint, exponent: number, bits: number): Enclosure {
  // With this many bits, a quotient of doubles is a half between two doubles or far from it, and the trifle below 2^-53 units.
  const places = bits + 64;
  const scaled = top << BigInt(places);
  const quotient = scaled / bottom;
  // The part cut off is at least 2^-53 units. If nothing is cut off, a place between this unit and the one below stands for all.
  const isExact = quotient * bottom === scaled;
  return { mantissa: 4n * quotient + (isExact ? -2n : 2n), exponent: exponent - places - 2, error: isExact ? 1n : 2n };
}

/** Radians to degrees. */
export function exactDeg(x: number, budget: Budget): number {
  const { mantissa, exponent } = partsOf(x);
  return exactlyRounded(budget, 1, (bits) => ({
    mantissa: ((mantissa * 180n) << BigInt(2 * bits)) / piFixed(bits),
    exponent: exponent - bits,
    error: absolute(mantissa) * 100n,
  }));
}

/** Degrees to radians. */
export function exactRad(x: number, budget: Budget): number {
  const { mantissa, exponent } = partsOf(x);
  return exactlyRounded(budget, 1, (bits) => ({
    mantissa: (mantissa * piFixed(bits)) / 180n,
    exponent: exponent - bits,
    error: absolute(mantissa) + 2n,
  }));
}

/** x^y for x > 0, where x^y has more than 54 bits. */
export function exactRealPower(x: number, y: number, budget: Budget): number {
  const { mantissa, exponent } = partsOf(y);
  return exactlyRounded(budget, 2, (bits) => {
    const wide = workingBits(bits + 2 * guardBits + Math.max(binaryExponent(Math.abs(y)), 0));
    const product = logarithm(x, wide).mantissa * mantissa;
    return { ...exponentialOf(shifted(product, exponent + bits + guardBits - wide), bits), error: 100n };
  });
}

/** The n-th root of x > 0. */
export function exactRoot(x: number, n: number, budget: Budget): number {
  const { mantissa, exponent } = partsOf(n);
  return exactlyRounded(budget, 2, (bits) => {
    const root =
      shifted(logarithm(x, bits + guardBits).mantissa, Math.max(-exponent, 0)) /
      shifted(mantissa, Math.max(exponent, 0));
    return { ...exponentialOf(root, bits), error: 100n };
  });
}
