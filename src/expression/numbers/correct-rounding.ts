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

/** Decimal digits worked out beyond the precision, which show on which side of a half the number lies. */
const guardDigits = 9;
/** Bits beyond the precision at the first attempt: the guard digits, and room for an error of some thousand units. */
const guardBits = 44;
/** No function comes near: it would take an argument that is closer to a zero of the function than any literal is. */
const bitsMax = 65_536;

/** Properties that make a result hard to round. */
interface Difficulty {
  /** The argument of the function: the more digits, the closer can a result be to a half without being one. */
  readonly operands: readonly BigDecimal[];
  /** How many bits the result is expected to lie below 1; 0 if left out. */
  readonly smallness?: number;
  /** How many elementary functions one approximation takes; 1 if left out. */
  readonly work?: number;
}

/**
 * The number that `approximate` approaches, rounded half to even to `precision` digits. Works with few bits first and
 * with more when these do not decide the rounding (Ziv's strategy), which happens once in 10^8 calls.
 *
 * A number that cannot be told from a half with as many digits more as the operands have, and twice the precision at the
 * least, is taken to be one: 2.25 ^ 1.5 is exactly 3.375, which is a half at three digits. (That a number is that close
 * without being one has a chance of about 10^-precision, also if the operand was made for it, by the inverse function.)
 */
export function correctlyRounded(
  precision: number,
  budget: Budget,
  approximate: (bits: number) => Approximation,
  { operands, smallness = 0, work = 1 }: Difficulty,
): BigDecimal {
  const digitBits = precision * log2Of10;
  let bits = workingBits(digitBits + guardBits + Math.max(smallness, 0));
  while (bits <= bitsMax) {
    budget.charge(work * functionCost(bits));
    const approximation = approximate(bits);
    const significant = bitLength(approximation.mantissa) - bitLength(approximation.error);
    const rounded = significant < digitBits ? undefined : round(approximation, precision, 0);
    if (rounded !== undefined) return rounded;
    const extraDigits = decidingDigits(precision, operands);
    const decidingBits = digitBits + extraDigits * log2Of10;
    const decided = significant < decidingBits + guardBits ? undefined : round(approximation, precision, extraDigits);
    if (decided !== undefined) return decided;
    const wanted = significant < digitBits + guardBits - 10 ? digitBits : decidingBits;
    // Without a significant bit, nothing is known about how many are missing.
    bits = workingBits(significant <= 0 ? 2 * bits : bits + Math.max(wanted + guardBits + 10 - significant, 32));
  }
  throw new Error('A decimal function does not converge');
}

/** How many digits beyond the precision tell a result from a half. */
function decidingDigits(precision: number, operands: readonly BigDecimal[]): number {
  const operandDigits = operands.reduce((sum, { coefficient }) => sum + decimalDigits(coefficient), 0);
  return Math.max(precision, operandDigits);
}

/** Undefined if the error leaves it open; what looks like a half in as many as `extraDigits` > 0 more digits is taken as one. */
function round(approximation: Approximation, precision: number, extraDigits: number): BigDecimal | undefined {
  const { mantissa, bits, exponent, error } = approximation;
  const size = absolute(mantissa);
  const wholeDigits = Math.floor((bitLength(size) - bits) / log2Of10);
  const places = precision + guardDigits + extraDigits - wholeDigits;
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
    if (extraDigits === 0) return undefined;
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
