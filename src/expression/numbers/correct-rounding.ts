import type { Budget } from '../budget.ts';
import { type BigDecimal, createDecimal } from './big-decimal.ts';
import { functionCost } from './costs.ts';
import { log2Of10, workingBits } from './fixed-point.ts';
import { absolute, bitLength, decimalDigits, powerOfTen } from './integer-size.ts';

/** A number known to lie within (mantissa ± error) × 2^-bits × 10^exponent. */
export interface Approximation {
  readonly mantissa: bigint;
  readonly bits: number;
  readonly exponent: number;
  readonly error: bigint;
}

/** Decimal digits worked out beyond the precision, which tell on which side of a half the number lies. */
const guardDigits = 9;
/** Bits beyond the precision at the first attempt: the guard digits, and room for an error of some thousand units. */
const guardBits = 44;
/** No function comes near: it would take an argument that is closer to a zero of the function than any decimal of 100 digits is. */
const bitsMax = 16_384;

/**
 * The number that `approximate` approaches, rounded half to even to `precision` digits. Works with few bits first and
 * with more when these do not decide the rounding (Ziv's strategy), which happens once in 10^8 calls.
 *
 * A number that cannot be told from a half with twice the bits is taken to be one: 2.25 ^ 1.5 is exactly 3.375, which is
 * a half at three digits. (That a number is that close without being one has a chance of about 10^-precision.)
 *
 * `smallness` is how many bits the result is expected to lie below 1; `work` how many elementary functions one
 * approximation takes.
 */
export function correctlyRounded(
  precision: number,
  budget: Budget,
  approximate: (bits: number) => Approximation,
  smallness = 0,
  work = 1,
): BigDecimal {
  const digitBits = precision * log2Of10;
  let bits = workingBits(digitBits + guardBits + Math.max(smallness, 0));
  while (bits <= bitsMax) {
    budget.charge(work * functionCost(bits));
    const approximation = approximate(bits);
    const significant = bitLength(approximation.mantissa) - bitLength(approximation.error);
    const conclusive = significant >= 2 * digitBits + guardBits;
    const rounded = significant < digitBits ? undefined : round(approximation, precision, conclusive);
    if (rounded !== undefined) return rounded;
    const wanted = significant < digitBits + guardBits - 10 ? digitBits : 2 * digitBits;
    bits = workingBits(bits + Math.max(wanted + guardBits + 10 - Math.max(significant, 0), 32));
  }
  throw new Error('A decimal function does not converge');
}

/** Undefined if the error leaves it open; if `conclusive`, what looks like a half is taken as one. */
function round(approximation: Approximation, precision: number, conclusive: boolean): BigDecimal | undefined {
  const { mantissa, bits, exponent, error } = approximation;
  const size = absolute(mantissa);
  const wholeDigits = Math.floor((bitLength(size) - bits) / log2Of10);
  // What decides a half that was worked out to twice the precision stands in the second half of its digits.
  const places = precision + guardDigits + (conclusive ? precision : 0) - wholeDigits;
  const scale = (value: bigint): bigint =>
    (places >= 0 ? value * powerOfTen(places) : value / powerOfTen(-places)) >> BigInt(bits);
  const scaled = scale(size);
  const doubt = scale(error) + 2n;
  const dropped = decimalDigits(scaled) - precision;
  const unit = powerOfTen(dropped);
  if (doubt * 20n > unit) return undefined;
  let digits = scaled / unit;
  const beyondHalf = scaled - digits * unit - unit / 2n;
  if (absolute(beyondHalf) <= doubt) {
    if (!conclusive) return undefined;
    digits += digits & 1n;
  } else if (beyondHalf > 0n) {
    digits += 1n;
  }
  return createDecimal(mantissa < 0n ? -digits : digits, exponent - places + dropped, precision);
}

/** The quotient of two approximations. */
export function approximateQuotient(a: Approximation, b: Approximation): Approximation {
  const top = absolute(a.mantissa);
  const bottom = absolute(b.mantissa);
  const exponent = a.exponent - b.exponent;
  // Nothing is known yet about a quotient by something that may be 0.
  if (bottom <= 4n * b.error) return { mantissa: 0n, bits: a.bits, exponent, error: 1n };
  const mantissa = (a.mantissa << BigInt(b.bits)) / b.mantissa;
  // (top + error) / (bottom - error) - top / bottom, and the truncation.
  const error = ((a.error * bottom + b.error * top) << BigInt(b.bits)) / (bottom * (bottom - b.error)) + 2n;
  return { mantissa, bits: a.bits, exponent, error };
}
