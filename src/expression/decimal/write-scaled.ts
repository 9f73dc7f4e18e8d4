import type { ByteBuffer } from '../byte-buffer.ts';
import { plainExponentMax, plainExponentMin } from '../limits.ts';
import { digitCount, powersOfTen, writeFixed } from '../write-digits.ts';

/** Appends the decimal-mode text of mantissa × 10^exponent, |mantissa| <= 2^53: see `decimalText`. */
export function writeScaled(mantissa: number, exponent: number, precision: number, output: ByteBuffer): void {
  const size = Math.abs(mantissa);
  if (exponent === 0 || size === 0) {
    writeFixed(mantissa < 0, size, 0, 0, output);
    return;
  }
  const digits = digitCount(size);
  const leading = digits - 1 + exponent;
  if (leading > plainExponentMax(precision) || leading < plainExponentMin) {
    output.writeAscii(exponentialText(mantissa, leading));
  } else if (exponent > 0) {
    writeFixed(mantissa < 0, size, 0, 0, output);
    output.writeAscii('0'.repeat(exponent));
  } else if (leading < 0) {
    writeFixed(mantissa < 0, 0, size, -exponent, output);
  } else {
    // A mantissa of at most 16 digits with a digit before the point has at most 15 after it.
    const unit = powersOfTen[-exponent] as number;
    const whole = Math.floor(size / unit);
    const fraction = size - whole * unit;
    writeFixed(mantissa < 0, whole, fraction, fraction === 0 ? 0 : -exponent, output);
  }
}

function exponentialText(mantissa: number, leading: number): string {
  const digits = String(Math.abs(mantissa)).replace(/0+$/, '');
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${mantissa < 0 ? '-' : ''}${digits.slice(0, 1)}${fraction}e${leading < 0 ? '-' : '+'}${Math.abs(leading)}`;
}
