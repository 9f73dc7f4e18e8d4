import { fault } from '../fault.ts';
import { decimalExponentMax } from '../limits.ts';
import { absolute, decimalDigits, powerOfTen } from './integer-size.ts';

/**
 * The number coefficient × 10^exponent, exactly. Zero is always `zero`; other numbers may be held in several ways
 * (25 × 10^-1 or 250 × 10^-2): trailing zeros go only when the text is written, because removing them costs more than
 * carrying them.
 *
 * The operations below round once, half to even, to `precision` significant digits. A result of 10^6145 or more faults
 * with OVERFLOW. One below 10^-6144 in size becomes 0, quietly, as IEEE 754 does with an underflow that nobody traps;
 * there are no subnormal numbers with fewer digits in between.
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

/** numerator / denominator (> 0) as the nearest whole number, half to even. */
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

export function overflow(): never {
  fault('OVERFLOW', `The result is beyond 10^${decimalExponentMax}, the largest size of a decimal number.`);
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

/** Numbers whose exponents differ by no more are simply aligned; it costs less than finding out whether that is needed. */
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
  // One digit more, which tells that something follows, decides every tie.
  return createDecimal(quotient * 10n + away, exponent - shift - 1, precision);
}

export function divisionByZero(): never {
  fault('DIV0', 'Division by zero.');
}

/**
 * The part of a / b before the point, exactly. Like IEEE 754 decimals, refuses (RANGE) when it has more digits than the
 * precision: whole numbers of that size are rounded already, and a remainder of them would be an accident.
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
    fault(
      'RANGE',
      `The whole quotient has more than ${precision} digits; use a higher precision or the mode bigint or rational.`,
    );
  }
  return quotient;
}

/** a - b × (a / b without its fraction): has the sign of a. */
export function remainder(a: BigDecimal, b: BigDecimal, precision: number): BigDecimal {
  const quotient = wholeQuotient(a, b, precision);
  if (quotient === 0n) return createDecimal(a.coefficient, a.exponent, precision);
  const exponent = Math.min(a.exponent, b.exponent);
  const rest =
    a.coefficient * powerOfTen(a.exponent - exponent) - quotient * b.coefficient * powerOfTen(b.exponent - exponent);
  return createDecimal(rest, exponent, precision);
}

/** The remainder, brought to the sign of b. */
export function modulo(a: BigDecimal, b: BigDecimal, precision: number): BigDecimal {
  const rest = remainder(a, b, precision);
  return rest.coefficient !== 0n && rest.coefficient < 0n !== b.coefficient < 0n ? add(rest, b, precision) : rest;
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

export type RoundingRule = 'floor' | 'ceil' | 'trunc' | 'half-away';

/** value to a whole multiple of 10^-places; exact, so no digits are lost. `places` may be negative. */
export function roundToPlaces(value: BigDecimal, places: number, rule: RoundingRule, precision: number): BigDecimal {
  const dropped = -places - value.exponent;
  if (dropped <= 0) return value;
  // Past all digits only the sign and "less than half" matter; one place further is enough for that.
  const unit = powerOfTen(Math.min(dropped, decimalDigits(value.coefficient) + 1));
  return createDecimal(roundedInteger(value.coefficient, unit, rule), -places, precision);
}

/** numerator / denominator (> 0) as a whole number by `rule`. */
export function roundedInteger(numerator: bigint, denominator: bigint, rule: RoundingRule): bigint {
  const quotient = numerator / denominator;
  const rest = numerator - quotient * denominator;
  if (rest === 0n || rule === 'trunc') return quotient;
  const negative = numerator < 0n;
  if (rule === 'floor') return negative ? quotient - 1n : quotient;
  if (rule === 'ceil') return negative ? quotient : quotient + 1n;
  if (absolute(rest) * 2n < denominator) return quotient;
  return negative ? quotient - 1n : quotient + 1n;
}
