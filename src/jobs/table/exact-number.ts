/**
 * Numbers as their text say, exactly and without bounds: `-12.5`, `1e+30`, and fractions `2/3`. This is what results look
 * like in every number mode, so control totals need no number mode of their own.
 */

/** digits × 10^exponent / denominator, with a sign. */
export interface ExactNumber {
  readonly isNegative: boolean;
  /** Without leading zeros; empty for 0. */
  readonly digits: string;
  readonly exponent: number;
  /** As written, above 0; 1 for what is no fraction. */
  readonly denominator: bigint;
}

const decimalForm = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const fractionForm = /^([+-]?)(\d+)\/0*([1-9]\d*)$/;

/** Undefined: the text is no number. */
export function parseExactNumber(text: string): ExactNumber | undefined {
  const decimal = decimalForm.exec(text);
  if (decimal !== null) return parseDecimal(decimal);
  const fraction = fractionForm.exec(text);
  if (fraction === null) return undefined;
  const [, sign, numerator = '', denominator = '1'] = fraction;
  return {
    isNegative: sign === '-',
    digits: withoutLeadingZeros(numerator),
    exponent: 0,
    denominator: BigInt(denominator),
  };
}

function parseDecimal(match: RegExpExecArray): ExactNumber | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = withoutLeadingZeros(whole + fraction);
  return { isNegative: sign === '-', digits, exponent: Number(exponent) - fraction.length, denominator: 1n };
}

/** digits × 10^exponent with the sign: the value where the exponent is 0. */
export function coefficientOf({ isNegative, digits }: ExactNumber): bigint {
  return isNegative ? -BigInt(digits) : BigInt(digits);
}

/** Below 0: left is the smaller one. 0: equal. */
export function compareExactNumbers(left: ExactNumber, right: ExactNumber): number {
  const [leftSign, rightSign] = [signOf(left), signOf(right)];
  if (leftSign !== rightSign) return leftSign - rightSign;
  return leftSign * compareSizes(left, right);
}

function signOf({ isNegative, digits }: ExactNumber): number {
  if (digits === '') return 0;
  return isNegative ? -1 : 1;
}

function compareSizes(left: ExactNumber, right: ExactNumber): number {
  if (left.denominator === 1n && right.denominator === 1n) return compareDecimals(left, right);
  // The places of the first digits decide when they are far apart. Then no power of ten is needed, which might be huge.
  const distance = magnitudeOf(left) - magnitudeOf(right);
  if (Math.abs(distance) > 2) return distance;
  const base = Math.min(left.exponent, right.exponent);
  const leftSide = scaledDigits(left, base) * right.denominator;
  const rightSide = scaledDigits(right, base) * left.denominator;
  return leftSide < rightSide ? -1 : Number(leftSide > rightSide);
}

function compareDecimals(left: ExactNumber, right: ExactNumber): number {
  const distance = magnitudeOf(left) - magnitudeOf(right);
  if (distance !== 0) return distance;
  const length = Math.max(left.digits.length, right.digits.length);
  const [leftDigits, rightDigits] = [left.digits.padEnd(length, '0'), right.digits.padEnd(length, '0')];
  return leftDigits < rightDigits ? -1 : Number(leftDigits > rightDigits);
}

/** The place of the first digit; of a fraction it may be one less. */
function magnitudeOf({ digits, exponent, denominator }: ExactNumber): number {
  return digits.length + exponent - (denominator === 1n ? 0 : denominator.toString().length - 1);
}

function scaledDigits({ digits, exponent }: ExactNumber, base: number): bigint {
  return BigInt(digits) * 10n ** BigInt(exponent - base);
}

/** Zeros that a decimal is filled up with before it gets an exponent. */
const zerosMax = 40;

/** The one text of the value coefficient × 10^exponent: no trailing zeros, and an exponent only in place of many zeros. */
export function writeExactDecimal(coefficient: bigint, exponent: number): string {
  if (coefficient === 0n) return '0';
  const sign = coefficient < 0n ? '-' : '';
  const written = (coefficient < 0n ? -coefficient : coefficient).toString();
  const digits = withoutTrailingZeros(written);
  const power = exponent + written.length - digits.length;
  if (power > zerosMax || -power > digits.length + zerosMax) {
    return `${sign}${digits}e${power < 0 ? '-' : '+'}${Math.abs(power)}`;
  }
  if (power >= 0) return sign + digits + '0'.repeat(power);
  const padded = digits.padStart(1 - power, '0');
  return `${sign}${padded.slice(0, power)}.${padded.slice(power)}`;
}

function withoutLeadingZeros(digits: string): string {
  let start = 0;
  while (digits.charCodeAt(start) === 48 /* 0 */) start += 1;
  return digits.slice(start);
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48 /* 0 */) end -= 1;
  return digits.slice(0, end);
}
