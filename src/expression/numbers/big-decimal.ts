import type { Budget } from '../budget.ts';
import { fault } from '../fault.ts';
import { decimalExponentMax } from '../limits.ts';
import { modularScalingCost } from './costs.ts';
import { absolute, bitLength, decimalDigits, powerOfTen } from './integer-size.ts';
import { modularPower } from './primality.ts';

/**
 * The number coefficient × 10^exponent, exactly. Zero is always `zero`; other numbers may be held in several ways
 * (25 × 10^-1 or 250 × 10^-2): trailing zeros go only when the text is written, because removing them costs more than
 * carrying them.
 *
 * Literals are held exactly as written (see `literalDecimal`), so operands may have more digits than the precision and
 * exponents beyond the range of results. The operations below take them exactly and round the result once, half to even,
 * to `precision` significant digits. A result of 10^6145 or more faults with OVERFLOW. A result below 10^-6144 in size
 * becomes 0 without an error, as IEEE 754 does with an untrapped underflow; there are no subnormal numbers in between.
 */
export interface BigDecimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

export const zero: BigDecimal = Object.freeze({ coefficient: 0n, exponent: 0 });
export const one: BigDecimal = Object.freeze({ coefficient: 1n, exponent: 0 });

/** coefficient × 10^exponent, rounded half to even to `precision` digits and checked against the range of exponents. */
export function createDecimal(coefficient: bigint, exponent: number, precision: number): BigDecimal {
  const bound = powerOfTen(precision);
  if (coefficient < bound && (coefficient >= 0n || -coefficient < bound))
    return withinRange(coefficient, exponent, precision);
  const dropped = decimalDigits(coefficient) - precision;
  return withinRange(roundedQuotient(coefficient, powerOfTen(dropped)), exponent + dropped, precision);
}

/** numerator / denominator (> 0) as the nearest integer, half to even. */
function roundedQuotient(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const rest = numerator - quotient * denominator;
  const twice = rest < 0n ? -2n * rest : 2n * rest;
  if (twice < denominator || (twice === denominator && (quotient & 1n) === 0n)) return quotient;
  return numerator < 0n ? quotient - 1n : quotient + 1n;
}

function withinRange(coefficient: bigint, exponent: number, precision: number): BigDecimal {
  if (coefficient === 0n) return zero;
  // The usual case needs no count of digits: a coefficient has at most precision + 1 of them (after a carry).
  if (exponent < -decimalExponentMax || exponent + precision > decimalExponentMax) {
    const adjusted = exponent + decimalDigits(coefficient) - 1;
    if (adjusted > decimalExponentMax) overflow();
    if (adjusted < -decimalExponentMax) return zero;
  }
  return { coefficient, exponent };
}

/**
 * The literal coefficient × 10^exponent, exactly. A literal of 10^precision or more is held with more than `precision`
 * digits, also if they are zeros: no result is, so `isKnownInteger` can tell 1e40 as written from a result rounded to
 * that size.
 */
export function literalDecimal(coefficient: bigint, exponent: number, precision: number): BigDecimal {
  if (coefficient === 0n) return zero;
  if (exponent <= 0 && coefficient < powerOfTen(precision)) return { coefficient, exponent };
  // A result has at most precision + 1 digits: those of 10^precision, after a carry.
  const padding = precision + 2 - decimalDigits(coefficient);
  if (padding <= 0 || decimalDigits(coefficient) + exponent <= precision) return { coefficient, exponent };
  return { coefficient: coefficient * powerOfTen(padding), exponent: exponent - padding };
}

export function roundToPrecision({ coefficient, exponent }: BigDecimal, precision: number): BigDecimal {
  return createDecimal(coefficient, exponent, precision);
}

/**
 * x(1 + t), rounded once, where t is not 0 but too small to reach a number of fewer digits than x has: it only decides
 * ties. `outward` if t is above 0.
 */
export function roundBeside(x: BigDecimal, side: 'outward' | 'inward', precision: number): BigDecimal {
  if (absolute(x.coefficient) < powerOfTen(precision)) return roundToPrecision(x, precision);
  const trifle = x.coefficient < 0n === (side === 'outward') ? -1n : 1n;
  return createDecimal(x.coefficient * 10n + trifle, x.exponent - 1, precision);
}

export function overflow(): never {
  fault('OVERFLOW', `The result is too large: decimal mode has numbers below 10^${decimalExponentMax + 1}.`);
}

/** The exponent of the first digit: 10^adjusted <= |value| < 10^(adjusted + 1). Not for 0. */
export function adjustedExponent(value: BigDecimal): number {
  return value.exponent + decimalDigits(value.coefficient) - 1;
}

export function negate(value: BigDecimal): BigDecimal {
  return value.coefficient === 0n ? zero : { coefficient: -value.coefficient, exponent: value.exponent };
}

export function signOf(value: BigDecimal): -1 | 0 | 1 {
  return value.coefficient === 0n ? 0 : value.coefficient < 0n ? -1 : 1;
}

/** Numbers whose exponents differ by no more are simply aligned, which costs less than the check whether that is needed. */
const plainAlignment = 64;

export function add(a: BigDecimal, b: BigDecimal, precision: number): BigDecimal {
  const gap = a.exponent - b.exponent;
  if (gap === 0) return createDecimal(a.coefficient + b.coefficient, a.exponent, precision);
  if (gap > plainAlignment || gap < -plainAlignment) return addFarApart(a, b, precision);
  return gap > 0
    ? createDecimal(a.coefficient * powerOfTen(gap) + b.coefficient, b.exponent, precision)
    : createDecimal(a.coefficient + b.coefficient * powerOfTen(-gap), a.exponent, precision);
}

function addFarApart(a: BigDecimal, b: BigDecimal, precision: number): BigDecimal {
  if (a.coefficient === 0n) return createDecimal(b.coefficient, b.exponent, precision);
  if (b.coefficient === 0n) return createDecimal(a.coefficient, a.exponent, precision);
  const [large, small] = adjustedExponent(a) >= adjustedExponent(b) ? [a, b] : [b, a];
  // Every digit of the sum that can matter lies above this place; all that is below only breaks a tie.
  const place = Math.min(adjustedExponent(large) - precision - 3, large.exponent - 1);
  const rest =
    adjustedExponent(small) < place ? { coefficient: small.coefficient < 0n ? -1n : 1n, exponent: place } : small;
  const exponent = Math.min(large.exponent, rest.exponent);
  const sum =
    large.coefficient * powerOfTen(large.exponent - exponent) + rest.coefficient * powerOfTen(rest.exponent - exponent);
  return createDecimal(sum, exponent, precision);
}

export function subtract(a: BigDecimal, b: BigDecimal, precision: number): BigDecimal {
  return add(a, { coefficient: -b.coefficient, exponent: b.exponent }, precision);
}

export function multiply(a: BigDecimal, b: BigDecimal, precision: number): BigDecimal {
  return createDecimal(a.coefficient * b.coefficient, a.exponent + b.exponent, precision);
}

/** Faults with DIV0. */
export function divide(a: BigDecimal, b: BigDecimal, precision: number): BigDecimal {
  if (b.coefficient === 0n) divisionByZero();
  return divideIntegers(a.coefficient, b.coefficient, a.exponent - b.exponent, precision);
}

/** numerator / denominator × 10^exponent, rounded once. The denominator is not 0. */
export function divideIntegers(
  numerator: bigint,
  denominator: bigint,
  exponent: number,
  precision: number,
): BigDecimal {
  const surplus = decimalDigits(numerator) - decimalDigits(denominator);
  if (surplus >= 0) {
    const whole = numerator / denominator;
    if (whole * denominator === numerator) return createDecimal(whole, exponent, precision);
  }
  // Scaled so, the quotient has as many digits as the precision, or one more; or any number if it needs no scaling.
  const shift = Math.max(precision - surplus, 0);
  const scaled = numerator * powerOfTen(shift);
  const quotient = scaled / denominator;
  const rest = scaled - quotient * denominator;
  if (rest === 0n) return createDecimal(quotient, exponent - shift, precision);
  const away = numerator < 0n === denominator < 0n ? 1n : -1n;
  const bound = powerOfTen(precision);
  if (quotient < bound && -quotient < bound) {
    const twice = 2n * absolute(rest);
    const size = absolute(denominator);
    const isUp = twice > size || (twice === size && (quotient & 1n) === 1n);
    return createDecimal(isUp ? quotient + away : quotient, exponent - shift, precision);
  }
  // One digit more, which shows that something follows, decides every tie.
  return createDecimal(quotient * 10n + away, exponent - shift - 1, precision);
}

export function divisionByZero(): never {
  fault('DIV0', 'Division by zero.');
}

/**
 * The integer part of a / b, exactly. RANGE if it has more digits than the precision, as in IEEE 754: rounded, it would
 * be no integer quotient.
 */
export function wholeQuotient(a: BigDecimal, b: BigDecimal, precision: number): bigint {
  if (b.coefficient === 0n) divisionByZero();
  if (a.coefficient === 0n) return 0n;
  const gap = a.exponent - b.exponent;
  const difference = adjustedExponent(a) - adjustedExponent(b);
  if (difference < 0) return 0n;
  const quotient =
    difference > precision
      ? undefined
      : gap >= 0
        ? (a.coefficient * powerOfTen(gap)) / b.coefficient
        : a.coefficient / (b.coefficient * powerOfTen(-gap));
  if (quotient === undefined || absolute(quotient) >= powerOfTen(precision)) {
    fault('RANGE', `The integer quotient has more than ${precision} digits; ${longerIntegers}.`);
  }
  return quotient;
}

/** Advice for an integer that has more digits than the precision. */
export const longerIntegers = 'use a higher precision, or mode=bigint or mode=rational';

/** a - b × (a / b without its fraction): has the sign of a. */
export function remainder(a: BigDecimal, b: BigDecimal, precision: number, budget: Budget): BigDecimal {
  return roundToPrecision(exactRemainder(a, b, precision, budget), precision);
}

/** The remainder, brought to the sign of b. */
export function modulo(a: BigDecimal, b: BigDecimal, precision: number, budget: Budget): BigDecimal {
  const rest = exactRemainder(a, b, precision, budget);
  return rest.coefficient !== 0n && rest.coefficient < 0n !== b.coefficient < 0n
    ? add(rest, b, precision)
    : roundToPrecision(rest, precision);
}

/**
 * Where the integer quotient has more digits than the precision, the remainder depends on every digit of both operands,
 * and a rounded operand would make it an accident. So the remainder is computed for integers that are known to the last
 * digit, and is a RANGE error for others.
 */
function exactRemainder(a: BigDecimal, b: BigDecimal, precision: number, budget: Budget): BigDecimal {
  if (b.coefficient === 0n) divisionByZero();
  if (a.coefficient === 0n) return zero;
  const difference = adjustedExponent(a) - adjustedExponent(b);
  if (difference < 0) return a;
  if (difference >= precision && !(isKnownInteger(a, precision) && isKnownInteger(b, precision))) {
    wholeQuotient(a, b, precision); // for its fault
  }
  const gap = a.exponent - b.exponent;
  if (gap <= 0) {
    return { coefficient: a.coefficient % (b.coefficient * powerOfTen(-gap)), exponent: a.exponent };
  }
  return { coefficient: scaledRemainder(a.coefficient, gap, absolute(b.coefficient), budget), exponent: b.exponent };
}

/** value × 10^places mod modulus, with the sign of the value. */
function scaledRemainder(value: bigint, places: number, modulus: bigint, budget: Budget): bigint {
  if (places <= plainAlignment) return (value * powerOfTen(places)) % modulus;
  budget.charge(modularScalingCost(bitLength(modulus), places));
  return ((value % modulus) * modularPower(10n, BigInt(places), modulus)) % modulus;
}

/** Exact: negative, zero or positive as a is less than, equal to or greater than b. */
export function compare(a: BigDecimal, b: BigDecimal): number {
  const gap = a.exponent - b.exponent;
  if (gap === 0) return order(a.coefficient, b.coefficient);
  const sign = signOf(a);
  if (sign !== signOf(b) || sign === 0) return sign - signOf(b);
  if (gap <= plainAlignment && gap >= -plainAlignment) {
    return gap > 0
      ? order(a.coefficient * powerOfTen(gap), b.coefficient)
      : order(a.coefficient, b.coefficient * powerOfTen(-gap));
  }
  const difference = adjustedExponent(a) - adjustedExponent(b);
  if (difference !== 0) return difference * sign;
  const exponent = Math.min(a.exponent, b.exponent);
  return order(a.coefficient * powerOfTen(a.exponent - exponent), b.coefficient * powerOfTen(b.exponent - exponent));
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function isInteger(value: BigDecimal): boolean {
  if (value.exponent >= 0) return true;
  const digits = -value.exponent;
  return digits < tooManyFractionDigits && value.coefficient % powerOfTen(digits) === 0n;
}

/** No coefficient has that many trailing zeros, so a number with as many digits after the point is not whole. */
const tooManyFractionDigits = 1_200;

/**
 * Whether x is an integer whose last digit is known: one below 10^precision, or a literal. A result of that size has
 * been rounded to a multiple of a power of ten, or looks as if it had been.
 */
export function isKnownInteger(x: BigDecimal, precision: number): boolean {
  if (!isInteger(x)) return false;
  return adjustedExponent(x) < precision || absolute(x.coefficient) > powerOfTen(precision);
}

export type RoundingRule = 'floor' | 'ceil' | 'trunc' | 'half-away' | 'half-even';

/** value to an integer multiple of 10^-places by `rule`, then to the precision. `places` may be negative. */
export function roundToPlaces(value: BigDecimal, places: number, rule: RoundingRule, precision: number): BigDecimal {
  const dropped = -places - value.exponent;
  if (dropped <= 0) return roundToPrecision(value, precision);
  // Past all digits only the sign and "less than half" matter; one place further is enough for that.
  const unit = powerOfTen(Math.min(dropped, decimalDigits(value.coefficient) + 1));
  return createDecimal(roundedInteger(value.coefficient, unit, rule), -places, precision);
}

/** numerator / denominator (> 0) as an integer by `rule`. */
export function roundedInteger(numerator: bigint, denominator: bigint, rule: RoundingRule): bigint {
  const quotient = numerator / denominator;
  const rest = numerator - quotient * denominator;
  if (rest === 0n || rule === 'trunc') return quotient;
  const negative = numerator < 0n;
  if (rule === 'floor') return negative ? quotient - 1n : quotient;
  if (rule === 'ceil') return negative ? quotient : quotient + 1n;
  const twice = absolute(rest) * 2n;
  const isDown = twice < denominator || (rule === 'half-even' && twice === denominator && (quotient & 1n) === 0n);
  if (isDown) return quotient;
  return negative ? quotient - 1n : quotient + 1n;
}
