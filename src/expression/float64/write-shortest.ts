import type { ByteBuffer } from '../byte-buffer.ts';
import { powersOfTen, writeDigits } from '../write-digits.ts';
import { productError } from './double-double.ts';
import { powerOfTwo } from './double-parts.ts';

/** 10^-5, and few enough digits after the point that the power of ten which makes a value whole is an exact double. */
const sizeMin = 1e-5;
const sizeMax = 1e15;
const digitsMax = 17;

/** The exponent field of a double holds its exponent plus 1023; below, those of `sizeMin` to `sizeMax` and half their last place. */
const fieldMin = 1_006;
const halfUnits = Float64Array.from({ length: 1_073 - fieldMin }, (_, index) => powerOfTwo(index + fieldMin - 1_076));

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);

/** Values nearer to a boundary than this share of the distance are left to the host. */
const doubt = 1e-9;

/**
 * Appends a double that is not an integer in as few digits as read back as the same double, the nearest such decimal, as
 * JavaScript's `String` does, which takes more than twice as long. Returns false, with nothing written, for values that it
 * does not decide: sizes outside 10^-5 to 10^15, powers of two (whose neighbors are not equally far), ties and near ties.
 *
 * Seventeen digits always suffice. They are the integer next to size × 10^n, a product that two doubles hold
 * exactly. A decimal of 15 or 16 digits reads back if it is nearer than half a unit in the last place of the double.
 */
export function writeShortest(isNegative: boolean, size: number, output: ByteBuffer): boolean {
  if (size < sizeMin || size >= sizeMax) return false;
  value[0] = size;
  const highWord = words[1] as number;
  if (words[0] === 0 && (highWord & 0xf_ffff) === 0) return false;

  // Digits before the point; below 0.1, less the zeros after it.
  let before = 1;
  if (size >= 1) while (size >= (powersOfTen[before] as number)) before += 1;
  else for (before = 0; size * (powersOfTen[-before] as number) < 0.1;) before -= 1;

  const power = powersOfTen[digitsMax - before] as number;
  const half = (halfUnits[(highWord >>> 20) - fieldMin] as number) * power;
  const high = size * power;
  const low = productError(size, power, high);
  const carried = Math.round(low);
  const rest = low - carried;
  let upper = Math.floor(high / 1e8);
  let lower = high - upper * 1e8 + carried;
  if (lower < 0) {
    lower += 1e8;
    upper -= 1;
  } else if (lower >= 1e8) {
    lower -= 1e8;
    upper += 1;
  }

  const hundreds = Math.floor(lower / 100) * 100;
  const tens = Math.floor(lower / 10) * 10;
  const above15 = lower - hundreds + rest;
  const above16 = lower - tens + rest;
  const error15 = above15 < 50 ? above15 : 100 - above15;
  const error16 = above16 < 5 ? above16 : 10 - above16;
  const doubtful = half * doubt;
  if (Math.abs(error15 - half) < doubtful || Math.abs(error16 - half) < doubtful) return false;
  if (error15 < half) lower = above15 < 50 ? hundreds : hundreds + 100;
  else if (error16 < half) {
    if (Math.abs(above16 - 5) < doubt) return false;
    lower = above16 < 5 ? tens : tens + 10;
  } else if (Math.abs(rest) > 0.5 - doubt) return false;
  if (lower === 1e8) {
    lower = 0;
    upper += 1;
  }
  if (upper < 1e8 || upper >= 1e9) return false;
  write(isNegative, upper, lower, before, output);
  return true;
}

/** Writes the digits of upper × 10^8 + lower, which has 17, with the point behind the first `before`. */
function write(isNegative: boolean, upper: number, lower: number, before: number, output: ByteBuffer): void {
  const bytes = output.reserve(32);
  let at = output.length;
  if (isNegative) {
    bytes[at] = 0x2d;
    at += 1;
  }
  if (before > 0) {
    writeDigits(bytes, at + 1, upper, 9);
    writeDigits(bytes, at + 10, lower, 8);
    for (let index = at; index < at + before; index += 1) bytes[index] = bytes[index + 1] as number;
    bytes[at + before] = 0x2e;
    at += digitsMax + 1;
  } else {
    bytes[at] = 0x30;
    bytes[at + 1] = 0x2e;
    at += 2;
    for (let zeros = before; zeros < 0; zeros += 1) {
      bytes[at] = 0x30;
      at += 1;
    }
    writeDigits(bytes, at, upper, 9);
    writeDigits(bytes, at + 9, lower, 8);
    at += digitsMax;
  }
  while (bytes[at - 1] === 0x30) at -= 1;
  output.length = at;
}
