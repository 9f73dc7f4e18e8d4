import type { Budget } from '../budget.ts';
import { plainExponentMax, plainExponentMin } from '../limits.ts';
import { type BigDecimal, literalDecimal, roundToPrecision } from './big-decimal.ts';
import { literalCost } from './costs.ts';
import { bitLength } from './integer-size.ts';

/** A number as written: coefficient × 10^exponent, exactly. */
export interface ParsedLiteral {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** Reads `12`, `1.5`, `.5`, `1e-3`, `0x1f`, `0b101` and `0o17`, without `_`; the scanner has checked the form. */
export function parseLiteral(text: string): ParsedLiteral {
  if (text.length > 1 && text.charCodeAt(0) === 48 /* 0 */ && isLetter(text.charCodeAt(1))) {
    if (text.charCodeAt(1) !== 69 && text.charCodeAt(1) !== 101 /* E e */) {
      return { coefficient: BigInt(text.toLowerCase()), exponent: 0 };
    }
  }
  const mark = text.search(/[eE]/);
  const digits = mark < 0 ? text : text.slice(0, mark);
  const exponent = mark < 0 ? 0 : Number(text.slice(mark + 1));
  const point = digits.indexOf('.');
  if (point < 0) return { coefficient: BigInt(digits), exponent };
  const fraction = digits.length - point - 1;
  return { coefficient: BigInt(digits.slice(0, point) + digits.slice(point + 1)), exponent: exponent - fraction };
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/** The literal exactly; pays for the operation that takes it. */
export function parseDecimal(text: string, precision: number, budget: Budget): BigDecimal {
  const { coefficient, exponent } = parseLiteral(text);
  budget.charge(literalCost(bitLength(coefficient)));
  return literalDecimal(coefficient, exponent, precision);
}

/**
 * The value rounded to `precision`: plain digits while 1e-7 <= |value| < 10^max(21, precision), else `d.ddde+N`; no
 * trailing zeros, no negative zero. OVERFLOW if it is a literal beyond the range of results.
 */
export function decimalText(value: BigDecimal, precision: number): string {
  const { coefficient, exponent } = roundToPrecision(value, precision);
  if (coefficient === 0n) return '0';
  const negative = coefficient < 0n;
  const written = (negative ? -coefficient : coefficient).toString();
  const adjusted = exponent + written.length - 1;
  const digits = withoutTrailingZeros(written);
  const sign = negative ? '-' : '';
  if (adjusted < plainExponentMin || adjusted > plainExponentMax(precision)) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits.charAt(0)}${fraction}e${adjusted < 0 ? '-' : '+'}${Math.abs(adjusted)}`;
  }
  if (adjusted < 0) return `${sign}0.${'0'.repeat(-adjusted - 1)}${digits}`;
  const whole = adjusted + 1;
  if (digits.length <= whole) return `${sign}${digits.padEnd(whole, '0')}`;
  return `${sign}${digits.slice(0, whole)}.${digits.slice(whole)}`;
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 1 && digits.charCodeAt(end - 1) === 48 /* 0 */) end -= 1;
  return end === digits.length ? digits : digits.slice(0, end);
}
