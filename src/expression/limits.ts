/** The bounds of one line. All are checked before the work is done, in every number mode. */

/** UTF-8 bytes of a line, without its end. */
export const lineBytesMax = 65_536;
/** Nested parentheses, calls, prefix signs, powers and conditions. */
export const depthMax = 200;
/** Operators and function calls of a line. */
export const operationsMax = 20_000;
/** Arguments of one call. */
export const argumentsMax = 1_000;
/** Characters of a name. */
export const nameLengthMax = 64;
/** Digits of a number as written, without those of its exponent. */
export const literalDigitsMax = 1_100;
/** Digits of the exponent of a number as written. */
export const exponentDigitsMax = 6;
/** Cost units of a line: about 100 ms on one core of 2020. */
export const costMax = 2_000_000;
/** Characters of the line that a message quotes. */
export const quotedLengthMax = 40;

/** Formulas of a table. */
export const formulasMax = 32;

/** Significant digits in decimal mode. */
export const precisionMin = 1;
export const precisionMax = 100;
export const precisionDefault = 34;
/** In decimal mode, a number is below 10^(decimalExponentMax + 1) in size. */
export const decimalExponentMax = 6_144;
/** The exponent of the first digit of the smallest numbers that decimal mode writes without an exponent, as JavaScript does. */
export const plainExponentMin = -7;
/** Of the largest ones: as in JavaScript, but no number all of whose digits are known gets an exponent. */
export function plainExponentMax(precision: number): number {
  return Math.max(21, precision) - 1;
}
/** Bits of a number in bigint mode. */
export const bigintBitsMax = 65_536;
/** Bits of the numerator, and of the denominator, in rational mode. */
export const rationalBitsMax = 8_192;
/** The largest n of n! by mode: 171! is beyond the largest double, 967! is longer than a rational, and 5911! than a bigint. */
export const factorialMax = { float64: 170, decimal: 2_000, rational: 966, bigint: 5_910 } as const;
